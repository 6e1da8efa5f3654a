//! Passkeys.

use sea_orm_migration::{prelude::*, schema};

use super::of_account;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0006_passkeys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let passkeys = Table::create()
            .table("passkeys")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("user_id"))
            .col(schema::blob("credential_id").unique_key())
            .col(schema::small_integer("transports"))
            .col(schema::blob("key"))
            .col(schema::blob("state"))
            .col(schema::string("name"))
            .col(schema::timestamp_with_time_zone("created_at"))
            .col(schema::timestamp_with_time_zone_null("last_used_at"))
            .foreign_key(&mut of_account("passkeys"))
            .to_owned();
        manager.create_table(passkeys).await?;
        let by_user = Index::create().name("passkeys_by_user").table("passkeys").col("user_id").to_owned();
        manager.create_index(by_user).await
    }
}
