//! The history of sign-ins, where accounts signed in from, the audit log; blocking and the language of accounts.

use sea_orm::DbBackend;
use sea_orm_migration::{prelude::*, schema};

use super::of_account;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0002_history_audit_blocking"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for column in [schema::timestamp_with_time_zone_null("blocked_at"), schema::string_null("language")] {
            manager.alter_table(Table::alter().table("users").add_column(column).to_owned()).await?;
        }
        history(manager).await?;

        let known_sources = Table::create()
            .table("known_sources")
            .col(schema::uuid("user_id"))
            .col(schema::blob("digest"))
            .col(schema::timestamp_with_time_zone("first_seen_at"))
            .col(schema::timestamp_with_time_zone("last_seen_at"))
            .primary_key(Index::create().col("user_id").col("digest"))
            .foreign_key(&mut of_account("known_sources"))
            .to_owned();
        manager.create_table(known_sources).await?;
        let by_age = Index::create()
            .name("known_sources_by_age")
            .table("known_sources")
            .col("last_seen_at")
            .to_owned();
        manager.create_index(by_age).await?;

        audit(manager).await
    }
}

async fn history(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // The key begins with the account: it is also the index that an account's history is read by.
    let mut table = Table::create()
        .table("sign_ins")
        .col(schema::uuid("user_id"))
        .col(schema::timestamp_with_time_zone("login_at"))
        .col(schema::uuid("id"))
        .col(schema::uuid_null("session_id"))
        .col(schema::text("user_agent"))
        .col(schema::string("device_type"))
        .col(schema::string("ip"))
        .col(schema::string("method"))
        .col(schema::boolean("success"))
        .primary_key(Index::create().col("user_id").col("login_at").col("id"))
        .to_owned();
    if manager.get_database_backend() == DbBackend::Postgres {
        // In parts by month, which are made ahead of time (`store::partitions`), each in parts by account.
        table.extra("PARTITION BY RANGE (login_at)");
        return manager.create_table(table).await;
    }
    manager.create_table(table).await?;
    let by_time = Index::create().name("sign_ins_by_time").table("sign_ins").col("login_at").to_owned();
    manager.create_index(by_time).await
}

async fn audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let audit = Table::create()
        .table("audit")
        .col(schema::big_integer("position").primary_key())
        .col(schema::timestamp_with_time_zone("at"))
        .col(schema::uuid_null("actor"))
        .col(schema::string("action"))
        .col(schema::string("target"))
        .col(schema::text("details"))
        .col(schema::blob("seal"))
        .to_owned();
    manager.create_table(audit).await?;
    for (name, column) in
        [("audit_by_actor", "actor"), ("audit_by_action", "action"), ("audit_by_time", "at")]
    {
        manager.create_index(Index::create().name(name).table("audit").col(column).to_owned()).await?;
    }
    // The one row that writers take turns on; it knows the last entry, so that a cut-off end is seen too.
    let head = Table::create()
        .table("audit_head")
        .col(schema::integer("id").primary_key())
        .col(schema::big_integer("position"))
        .col(schema::blob("seal"))
        .to_owned();
    manager.create_table(head).await?;
    let begin = Query::insert()
        .into_table("audit_head")
        .columns(["id", "position", "seal"])
        .values_panic([1.into(), 0i64.into(), vec![0u8; 32].into()])
        .to_owned();
    manager.execute(begin).await
}
