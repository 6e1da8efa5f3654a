//! How the tables came to be, a file a step. A step that was released is never changed.

mod m0001_users_roles_sessions;
mod m0002_history_audit_blocking;
mod m0003_role_versions;
mod m0004_letters;
mod m0005_second_factor;
mod m0006_passkeys;
mod m0007_identities;
mod m0008_accounts;

use sea_orm_migration::prelude::*;

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_users_roles_sessions::Step),
            Box::new(m0002_history_audit_blocking::Step),
            Box::new(m0003_role_versions::Step),
            Box::new(m0004_letters::Step),
            Box::new(m0005_second_factor::Step),
            Box::new(m0006_passkeys::Step),
            Box::new(m0007_identities::Step),
            Box::new(m0008_accounts::Step),
        ]
    }
}

/// Whatever is an account's goes with it.
fn of_account(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "user_id")
        .to("users", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
