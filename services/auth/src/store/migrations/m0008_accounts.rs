//! Why an account is blocked; finding accounts and audit entries.

use sea_orm::DbBackend;
use sea_orm_migration::{prelude::*, schema};

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0008_accounts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let reason = schema::text_null("block_reason");
        manager.alter_table(Table::alter().table("users").add_column(reason).to_owned()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // By bytes, as SQLite compares: then the unique indexes also find what begins with a text.
            for key in ["username_key", "email_key"] {
                let by_bytes = format!("ALTER TABLE users ALTER COLUMN {key} TYPE varchar COLLATE \"C\"");
                manager.get_connection().execute_unprepared(&by_bytes).await?;
            }
        }
        let by_age =
            Index::create().name("users_by_age").table("users").col("created_at").col("id").to_owned();
        manager.create_index(by_age).await?;
        let by_target = Index::create().name("audit_by_target").table("audit").col("target").to_owned();
        manager.create_index(by_target).await
    }
}
