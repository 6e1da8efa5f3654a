//! Roles, and who has them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, JoinType, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, LockType, OnConflict},
};

use super::entity::{role, role_clock, user, user_role};
use crate::role::Role;

/// The one row of the clock.
const CLOCK: i32 = 1;

/// A version that is newer than every role's. Changes of roles take turns from here on, until the transaction ends.
pub(crate) async fn next_version(tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<i64, DbErr> {
    // An update that changes nothing takes the row's lock on either engine.
    role_clock::Entity::update_many()
        .col_expr(role_clock::Column::Version, Expr::col(role_clock::Column::Version))
        .exec(tx)
        .await?;
    let row = role_clock::Entity::find_by_id(CLOCK).one(tx).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the clock of the roles".to_owned()))?;
    // By the time of day where that is ahead: after a database was restored, new versions are newer than lost ones.
    let next = now.timestamp_micros().max(row.version + 1);
    role_clock::Entity::update_many()
        .col_expr(role_clock::Column::Version, Expr::value(next))
        .exec(tx)
        .await?;
    Ok(next)
}

/// A page of roles by code, and how many there are.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    offset: u64,
    limit: u64,
) -> Result<(Vec<Role>, u64), DbErr> {
    let total = role::Entity::find().count(connection).await?;
    let by_code = role::Entity::find().order_by_asc(role::Column::Code).offset(offset).limit(limit);
    let rows = by_code.all(connection).await?;
    Ok((rows.into_iter().map(Role::from).collect(), total))
}

pub(crate) async fn find(connection: &impl ConnectionTrait, code: &str) -> Result<Option<Role>, DbErr> {
    Ok(role::Entity::find_by_id(code).one(connection).await?.map(Role::from))
}

/// The role, which cannot be deleted until the transaction ends.
pub(crate) async fn keep(tx: &impl ConnectionTrait, code: &str) -> Result<Option<Role>, DbErr> {
    // SQLite has no such lock, and needs none: there one transaction writes at a time.
    Ok(role::Entity::find_by_id(code).lock(LockType::KeyShare).one(tx).await?.map(Role::from))
}

/// The role, which cannot be given until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, code: &str) -> Result<Option<Role>, DbErr> {
    Ok(role::Entity::find_by_id(code).lock(LockType::Update).one(tx).await?.map(Role::from))
}

/// Adds a role; false where there is one of this code.
pub(crate) async fn insert(tx: &impl ConnectionTrait, role: &Role) -> Result<bool, DbErr> {
    let row = role::ActiveModel {
        code: Set(role.code.clone()),
        name: Set(role.name.clone()),
        description: Set(role.description.clone()),
        permissions: Set(json(role)?),
        built_in: Set(role.built_in),
        version: Set(role.version),
    };
    let taken = OnConflict::column(role::Column::Code).do_nothing().to_owned();
    let inserted = role::Entity::insert(row).on_conflict(taken).exec_without_returning(tx).await?;
    Ok(inserted > 0)
}

/// Replaces all of a role but its code.
pub(crate) async fn update(tx: &impl ConnectionTrait, role: &Role) -> Result<(), DbErr> {
    role::Entity::update_many()
        .col_expr(role::Column::Name, Expr::value(role.name.clone()))
        .col_expr(role::Column::Description, Expr::value(role.description.clone()))
        .col_expr(role::Column::Permissions, Expr::value(json(role)?))
        .col_expr(role::Column::Version, Expr::value(role.version))
        .filter(role::Column::Code.eq(&role.code))
        .exec(tx)
        .await?;
    Ok(())
}

/// Deletes a role that nobody has, with what is left of holdings that lapsed.
pub(crate) async fn delete(tx: &impl ConnectionTrait, code: &str) -> Result<(), DbErr> {
    user_role::Entity::delete_many().filter(user_role::Column::RoleCode.eq(code)).exec(tx).await?;
    role::Entity::delete_by_id(code).exec(tx).await?;
    Ok(())
}

/// How many accounts have each of these roles now; those that nobody has are left out.
pub(crate) async fn count_holders(
    connection: &impl ConnectionTrait,
    codes: impl IntoIterator<Item = &str>,
    now: DateTime<Utc>,
) -> Result<HashMap<String, i64>, DbErr> {
    let counts: Vec<(String, i64)> = user_role::Entity::find()
        .select_only()
        .column(user_role::Column::RoleCode)
        .column_as(user_role::Column::UserId.count(), "holders")
        .filter(user_role::Column::RoleCode.is_in(codes))
        .filter(in_force(now))
        .group_by(user_role::Column::RoleCode)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(counts.into_iter().collect())
}

/// A role that an account has, until a time or for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldRole {
    pub(crate) role: Role,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// The roles that an account has now. Within a transaction that holds the account's lock, what is read here is what
/// the account has: a role that it has cannot be deleted, and one that is changed meanwhile comes with the version that
/// belongs to its permissions, because both stand in one row. See `kino_token` for what becomes of older versions.
pub(crate) async fn held_by(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<HeldRole>, DbErr> {
    let roles = user_role::Entity::belongs_to(role::Entity)
        .from(user_role::Column::RoleCode)
        .to(role::Column::Code)
        .into();
    let held = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(user_id.0))
        .filter(in_force(now))
        .join(JoinType::InnerJoin, roles)
        .select_also(role::Entity)
        .order_by_asc(role::Column::Code)
        .all(connection)
        .await?;
    let role_of = |(held, role): (user_role::Model, Option<role::Model>)| {
        Some(HeldRole { expires_at: held.expires_at, role: role?.into() })
    };
    Ok(held.into_iter().filter_map(role_of).collect())
}

/// A role that was given to an account, lapsed or not.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) code: String,
    pub(crate) given_at: DateTime<Utc>,
    /// None for what the service or the command line gave.
    pub(crate) given_by: Option<UserId>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// All roles that were given to an account and not taken away.
pub(crate) async fn grants(connection: &impl ConnectionTrait, user_id: UserId) -> Result<Vec<Grant>, DbErr> {
    let rows = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(user_id.0))
        .order_by_asc(user_role::Column::RoleCode)
        .all(connection)
        .await?;
    let grant = |row: user_role::Model| Grant {
        code: row.role_code,
        given_at: row.given_at,
        given_by: row.given_by.map(UserId),
        expires_at: row.expires_at,
    };
    Ok(rows.into_iter().map(grant).collect())
}

/// The codes of all roles.
pub(crate) async fn codes(connection: &impl ConnectionTrait) -> Result<HashSet<String>, DbErr> {
    let codes: Vec<String> =
        role::Entity::find().select_only().column(role::Column::Code).into_tuple().all(connection).await?;
    Ok(codes.into_iter().collect())
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

/// Whether an account other than this one holds a role for good and is not blocked. Holders are locked until the
/// transaction ends, so that two cannot be the last to leave at once.
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
    let let_in = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::BlockedAt.is_null())
        .into_query();
    let others = user_role::Entity::find()
        .filter(user_role::Column::RoleCode.eq(code))
        .filter(user_role::Column::UserId.in_subquery(let_in))
        .filter(user_role::Column::UserId.ne(user_id.0))
        .filter(user_role::Column::ExpiresAt.is_null())
        .count(tx)
        .await?;
    Ok(others > 0)
}

/// Forgets who had a role until a time before this moment; how many.
pub(crate) async fn forget_lapsed(tx: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let lapsed = user_role::Entity::delete_many().filter(user_role::Column::ExpiresAt.lt(before));
    Ok(lapsed.exec(tx).await?.rows_affected)
}

fn json(role: &Role) -> Result<serde_json::Value, DbErr> {
    serde_json::to_value(role.permissions).map_err(|error| DbErr::Json(error.to_string()))
}

pub(super) fn in_force(now: DateTime<Utc>) -> Condition {
    Condition::any().add(user_role::Column::ExpiresAt.is_null()).add(user_role::Column::ExpiresAt.gt(now))
}

impl From<role::Model> for Role {
    fn from(row: role::Model) -> Self {
        Self {
            code: row.code,
            name: row.name,
            description: row.description,
            permissions: serde_json::from_value(row.permissions).unwrap_or_default(),
            built_in: row.built_in,
            version: row.version,
        }
    }
}
