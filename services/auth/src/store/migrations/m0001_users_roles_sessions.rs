//! Accounts, roles, sessions, the outbox.

use kino_domain::PermissionSet;
use kino_engine::outbox;
use sea_orm_migration::{prelude::*, schema};

use super::of_account;
use crate::role::BUILT_IN;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0001_users_roles_sessions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::create()
            .table("users")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("username"))
            .col(schema::string_uniq("username_key"))
            .col(schema::string("email"))
            .col(schema::string_uniq("email_key"))
            .col(schema::boolean("email_verified").default(false))
            .col(schema::text_null("password_hash"))
            .col(schema::string_null("first_name"))
            .col(schema::string_null("last_name"))
            .col(schema::string_null("gender"))
            .col(schema::string_null("timezone"))
            .col(schema::timestamp_with_time_zone("tokens_stamp"))
            .col(schema::timestamp_with_time_zone("created_at"))
            .to_owned();
        manager.create_table(users).await?;

        let roles = Table::create()
            .table("roles")
            .col(schema::string("code").primary_key())
            .col(schema::string("name"))
            .col(schema::text_null("description"))
            .col(schema::json("permissions"))
            .col(schema::boolean("built_in").default(false))
            .to_owned();
        manager.create_table(roles).await?;
        for role in BUILT_IN {
            let permissions: PermissionSet = role.permissions.iter().copied().collect();
            let permissions =
                serde_json::to_value(permissions).map_err(|error| DbErr::Custom(error.to_string()))?;
            let insert = Query::insert()
                .into_table("roles")
                .columns(["code", "name", "permissions", "built_in"])
                .values_panic([role.code.into(), role.name.into(), permissions.into(), true.into()])
                .to_owned();
            manager.execute(insert).await?;
        }

        let user_roles = Table::create()
            .table("user_roles")
            .col(schema::uuid("user_id"))
            .col(schema::string("role_code"))
            .col(schema::timestamp_with_time_zone("given_at"))
            .col(schema::uuid_null("given_by"))
            .col(schema::timestamp_with_time_zone_null("expires_at"))
            .primary_key(Index::create().col("user_id").col("role_code"))
            .foreign_key(&mut of_account("user_roles"))
            .foreign_key(ForeignKey::create().from("user_roles", "role_code").to("roles", "code"))
            .to_owned();
        manager.create_table(user_roles).await?;
        let by_role =
            Index::create().name("user_roles_by_role").table("user_roles").col("role_code").to_owned();
        manager.create_index(by_role).await?;

        let sessions = Table::create()
            .table("sessions")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("user_id"))
            .col(schema::text("user_agent"))
            .col(schema::string("ip"))
            .col(schema::blob("refresh_hash"))
            .col(schema::blob_null("parent_hash"))
            .col(schema::timestamp_with_time_zone("rotated_at"))
            .col(schema::timestamp_with_time_zone("expires_at"))
            .col(schema::timestamp_with_time_zone("created_at"))
            .col(schema::timestamp_with_time_zone_null("ended_at"))
            .foreign_key(&mut of_account("sessions"))
            .to_owned();
        manager.create_table(sessions).await?;
        for (name, column) in [("sessions_by_user", "user_id"), ("sessions_by_expiry", "expires_at")] {
            manager.create_index(Index::create().name(name).table("sessions").col(column).to_owned()).await?;
        }
        manager.create_table(outbox::table()).await
    }
}
