//! A role as the API shows it.

use kino_domain::{Permission, PermissionSet};
use kino_engine::database::DbErr;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Auth, role::Role, store::roles};

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoleResponse {
    #[schema(example = "EDITOR")]
    code: String,
    #[schema(example = "Editor")]
    name: String,
    description: Option<String>,
    #[schema(value_type = Vec<Permission>)]
    permissions: PermissionSet,
    /// Whether it exists from the beginning and cannot be deleted.
    built_in: bool,
    /// How many accounts have it now.
    users: i64,
}

/// These roles, with how many accounts have each.
pub(super) async fn with_users(
    auth: &Auth,
    connection: &impl ConnectionTrait,
    all: Vec<Role>,
) -> Result<Vec<RoleResponse>, DbErr> {
    let codes = all.iter().map(|role| role.code.as_str());
    let holders = roles::count_holders(connection, codes, auth.clock.now()).await?;
    Ok(all.into_iter().map(|role| RoleResponse::new(holders.get(&role.code).copied(), role)).collect())
}

impl RoleResponse {
    pub(super) fn new(users: Option<i64>, role: Role) -> Self {
        Self {
            code: role.code,
            name: role.name,
            description: role.description,
            permissions: role.permissions,
            built_in: role.built_in,
            users: users.unwrap_or_default(),
        }
    }
}
