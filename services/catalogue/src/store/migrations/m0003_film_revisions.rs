//! The revisions of films.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct FilmRevisions;

impl MigrationName for FilmRevisions {
    fn name(&self) -> &'static str {
        "m0003_film_revisions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for FilmRevisions {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No foreign key to the films: revisions outlive them.
        let revisions = Table::create()
            .table("film_revisions")
            .col(schema::uuid("film_id"))
            .col(schema::big_integer("version"))
            .col(schema::timestamp_with_time_zone("at"))
            .col(schema::uuid_null("actor_id"))
            .col(schema::text_null("actor_name"))
            .col(schema::string("action"))
            .col(schema::text("changed"))
            .col(schema::text_null("film"))
            .col(schema::big_integer("votes"))
            .col(schema::blob_null("import_hash"))
            .primary_key(Index::create().col("film_id").col("version"))
            .to_owned();
        manager.create_table(revisions).await?;
        // An account that is closed takes its name out of them.
        let by_actor = Index::create()
            .name("film_revisions_by_actor")
            .table("film_revisions")
            .col("actor_id")
            .to_owned();
        manager.create_index(by_actor).await
    }
}
