//! Whom providers know accounts as.

use sea_orm_migration::{prelude::*, schema};

use super::of_account;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0007_identities"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let identities = Table::create()
            .table("identities")
            .col(schema::string("provider"))
            .col(schema::string("issuer"))
            .col(schema::string("subject"))
            .col(schema::uuid("user_id"))
            .col(schema::string_null("email"))
            .col(schema::timestamp_with_time_zone("linked_at"))
            .col(schema::timestamp_with_time_zone("last_used_at"))
            .primary_key(Index::create().col("provider").col("issuer").col("subject"))
            .foreign_key(&mut of_account("identities"))
            .to_owned();
        manager.create_table(identities).await?;
        // An account has one identity a provider.
        let one_each = Index::create()
            .name("identities_by_user")
            .table("identities")
            .col("user_id")
            .col("provider")
            .unique()
            .to_owned();
        manager.create_index(one_each).await
    }
}
