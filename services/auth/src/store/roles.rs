//! Roles, and who has them.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
    sea_query::{Expr, OnConflict},
};

use super::entity::{role, user_role};
use crate::role::Role;

/// A role that an account has, until a time or for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldRole {
    pub(crate) role: Role,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// The roles that an account has now.
pub(crate) async fn held_by(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<HeldRole>, DbErr> {
    let held = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(user_id.0))
        .filter(in_force(now))
        .all(connection)
        .await?;
    let codes: Vec<_> = held.iter().map(|row| row.role_code.clone()).collect();
    let roles = role::Entity::find().filter(role::Column::Code.is_in(codes)).all(connection).await?;
    let mut held: Vec<HeldRole> = held
        .into_iter()
        .filter_map(|row| {
            let role = roles.iter().find(|role| role.code == row.role_code)?;
            Some(HeldRole { role: Role::from(role), expires_at: row.expires_at })
        })
        .collect();
    held.sort_by(|a, b| a.role.code.cmp(&b.role.code));
    Ok(held)
}

pub(crate) async fn exists(connection: &impl ConnectionTrait, code: &str) -> Result<bool, DbErr> {
    Ok(role::Entity::find_by_id(code).one(connection).await?.is_some())
}

/// Gives a role, or changes until when it is given.
pub(crate) async fn give(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    code: &str,
    expires_at: Option<DateTime<Utc>>,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = user_role::ActiveModel {
        user_id: Set(user_id.0),
        role_code: Set(code.to_owned()),
        given_at: Set(now),
        given_by: Set(by.map(|by| by.0)),
        expires_at: Set(expires_at),
    };
    let again = OnConflict::columns([user_role::Column::UserId, user_role::Column::RoleCode])
        .update_columns([
            user_role::Column::GivenAt,
            user_role::Column::GivenBy,
            user_role::Column::ExpiresAt,
        ])
        .to_owned();
    user_role::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes a role away; whether the account had it.
pub(crate) async fn take(tx: &impl ConnectionTrait, user_id: UserId, code: &str) -> Result<bool, DbErr> {
    let taken = user_role::Entity::delete_by_id((user_id.0, code.to_owned())).exec(tx).await?;
    Ok(taken.rows_affected > 0)
}

/// Whether an account other than this one holds a role for good. Holders are locked until the transaction ends, so
/// that two cannot be the last to leave at once.
pub(crate) async fn lock_and_ask_for_others(
    tx: &impl ConnectionTrait,
    code: &str,
    user_id: UserId,
) -> Result<bool, DbErr> {
    user_role::Entity::update_many()
        .col_expr(user_role::Column::GivenAt, Expr::col(user_role::Column::GivenAt))
        .filter(user_role::Column::RoleCode.eq(code))
        .exec(tx)
        .await?;
    let others = user_role::Entity::find()
        .filter(user_role::Column::RoleCode.eq(code))
        .filter(user_role::Column::UserId.ne(user_id.0))
        .filter(user_role::Column::ExpiresAt.is_null())
        .count(tx)
        .await?;
    Ok(others > 0)
}

fn in_force(now: DateTime<Utc>) -> Condition {
    Condition::any().add(user_role::Column::ExpiresAt.is_null()).add(user_role::Column::ExpiresAt.gt(now))
}

impl From<&role::Model> for Role {
    fn from(row: &role::Model) -> Self {
        Self {
            code: row.code.clone(),
            permissions: serde_json::from_value(row.permissions.clone()).unwrap_or_default(),
        }
    }
}
