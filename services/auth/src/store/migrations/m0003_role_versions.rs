//! Versions of roles, and the clock that gives them.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0003_role_versions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = schema::big_integer("version").default(0).take();
        manager.alter_table(Table::alter().table("roles").add_column(version).to_owned()).await?;
        // The one row that changes of roles take turns on. It outlives the roles: one that is deleted and made again
        // is newer than it was.
        let clock = Table::create()
            .table("role_clock")
            .col(schema::integer("id").primary_key())
            .col(schema::big_integer("version"))
            .to_owned();
        manager.create_table(clock).await?;
        let begin = Query::insert()
            .into_table("role_clock")
            .columns(["id", "version"])
            .values_panic([1.into(), 0i64.into()])
            .to_owned();
        manager.execute(begin).await
    }
}
