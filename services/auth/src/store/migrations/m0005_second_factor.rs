//! Authenticator apps, recovery codes, and sign-ins that wait for a code.

use sea_orm_migration::{prelude::*, schema};

use super::of_account;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0005_second_factor"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let totp = Table::create()
            .table("totp")
            .col(schema::uuid("user_id").primary_key())
            .col(schema::blob("sealed_secret"))
            .col(schema::timestamp_with_time_zone_null("confirmed_at"))
            .col(schema::big_integer("last_step"))
            .foreign_key(&mut of_account("totp"))
            .to_owned();
        manager.create_table(totp).await?;

        let recovery_codes = Table::create()
            .table("recovery_codes")
            .col(schema::uuid("user_id"))
            .col(schema::blob("digest"))
            .primary_key(Index::create().col("user_id").col("digest"))
            .foreign_key(&mut of_account("recovery_codes"))
            .to_owned();
        manager.create_table(recovery_codes).await?;

        let challenges = Table::create()
            .table("mfa_challenges")
            .col(schema::blob("token_digest").primary_key())
            .col(schema::uuid("user_id"))
            .col(schema::string("method"))
            .col(schema::blob("basis"))
            .col(schema::integer("attempts_left"))
            .col(schema::timestamp_with_time_zone("expires_at"))
            .foreign_key(&mut of_account("mfa_challenges"))
            .to_owned();
        manager.create_table(challenges).await?;
        // The one is for the sweeper, the other for the database, when an account is deleted.
        for (name, column) in
            [("mfa_challenges_by_expiry", "expires_at"), ("mfa_challenges_by_user", "user_id")]
        {
            let index = Index::create().name(name).table("mfa_challenges").col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
