//! How long a series is, and what a film is about.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct SeriesAndKeywords;

impl MigrationName for SeriesAndKeywords {
    fn name(&self) -> &'static str {
        "m0002_series_and_keywords"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SeriesAndKeywords {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite takes no more.
        for column in
            [schema::integer_null("seasons"), schema::integer_null("episodes"), schema::text_null("keywords")]
        {
            manager.alter_table(Table::alter().table("films").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
