//! Letters that wait to be sent, and the tokens of their links.

use sea_orm_migration::{prelude::*, schema};

use super::of_account;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0004_letters"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let letters = Table::create()
            .table("letters")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("kind"))
            .col(schema::string("address"))
            .col(schema::string("address_key"))
            .col(schema::uuid_null("user_id"))
            .col(schema::string("language"))
            .col(schema::timestamp_with_time_zone("due_at"))
            .col(schema::integer("attempts").default(0))
            .col(schema::timestamp_with_time_zone("created_at"))
            .foreign_key(&mut of_account("letters"))
            .to_owned();
        manager.create_table(letters).await?;

        let tokens = Table::create()
            .table("one_time_tokens")
            .col(schema::blob("digest").primary_key())
            .col(schema::uuid("user_id"))
            .col(schema::string("purpose"))
            .col(schema::string("address"))
            .col(schema::timestamp_with_time_zone("expires_at"))
            .foreign_key(&mut of_account("one_time_tokens"))
            .to_owned();
        manager.create_table(tokens).await?;

        for (name, table, column) in [
            ("letters_by_time", "letters", "due_at"),
            ("letters_by_address", "letters", "address_key"),
            ("letters_by_user", "letters", "user_id"),
            ("one_time_tokens_by_user", "one_time_tokens", "user_id"),
            ("one_time_tokens_by_expiry", "one_time_tokens", "expires_at"),
        ] {
            manager.create_index(Index::create().name(name).table(table).col(column).to_owned()).await?;
        }
        Ok(())
    }
}
