//! What the index could not take, and rebuilds that were asked for.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct IndexUpkeep;

impl MigrationName for IndexUpkeep {
    fn name(&self) -> &'static str {
        "m0004_index_upkeep"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for IndexUpkeep {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let letters = Table::create()
            .table("dead_letters")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("kind"))
            .col(schema::uuid("subject"))
            .col(schema::text_null("payload"))
            .col(schema::text("reason"))
            .col(schema::integer("attempts"))
            .col(schema::timestamp_with_time_zone("first_at"))
            .col(schema::timestamp_with_time_zone("last_at"))
            .to_owned();
        manager.create_table(letters).await?;
        // The same subject fails again, not anew.
        let once = Index::create()
            .name("dead_letters_by_subject")
            .table("dead_letters")
            .col("kind")
            .col("subject")
            .unique()
            .to_owned();
        manager.create_index(once).await?;

        let rebuilds = Table::create()
            .table("index_rebuilds")
            .col(schema::uuid("id").primary_key())
            .col(schema::timestamp_with_time_zone("requested_at"))
            .col(schema::timestamp_with_time_zone_null("started_at"))
            .col(schema::timestamp_with_time_zone_null("finished_at"))
            .col(schema::big_integer("done"))
            .col(schema::big_integer("total"))
            .col(schema::text_null("problem"))
            .to_owned();
        manager.create_table(rebuilds).await
    }
}
