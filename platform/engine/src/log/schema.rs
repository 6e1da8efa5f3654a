//! Migrations of the local log.

use kino_domain::Entropy;
use sea_orm_migration::{prelude::*, schema};
use uuid::Uuid;

pub(super) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Begin)]
    }
}

struct Begin;

impl MigrationName for Begin {
    fn name(&self) -> &'static str {
        "m0001_records_groups_tail"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Begin {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let records = Table::create()
            .table("records")
            .col(schema::big_integer("position").primary_key())
            .col(schema::string("topic"))
            .col(schema::uuid("key"))
            .col(schema::uuid_uniq("event_id"))
            .col(schema::timestamp_with_time_zone("occurred_at"))
            .col(schema::timestamp_with_time_zone("appended_at"))
            .col(schema::text("payload"))
            .to_owned();
        manager.create_table(records).await?;
        let index = |name: &str, column: &'static str| {
            Index::create().name(name).table("records").col("topic").col(column).to_owned()
        };
        manager.create_index(index("records_by_topic", "position")).await?;
        manager.create_index(index("records_by_time", "appended_at")).await?;

        let groups = Table::create()
            .table("groups")
            .col(schema::string("topic"))
            .col(schema::string("name"))
            .col(schema::big_integer("committed"))
            .col(schema::uuid("reader"))
            .col(schema::timestamp_with_time_zone("reader_until"))
            .primary_key(Index::create().col("topic").col("name"))
            .to_owned();
        manager.create_table(groups).await?;

        let tail = Table::create()
            .table("tail")
            .col(schema::integer("id").primary_key())
            .col(schema::big_integer("next"))
            .col(schema::uuid("log_id"))
            .to_owned();
        manager.create_table(tail).await?;
        let first = Query::insert()
            .into_table("tail")
            .columns(["id", "next", "log_id"])
            .values_panic([1.into(), 1i64.into(), Uuid::from_bytes(Entropy::system().bytes()).into()])
            .to_owned();
        manager.execute(first).await
    }
}
