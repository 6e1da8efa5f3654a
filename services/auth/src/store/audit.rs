//! The audit log: entries are added, never changed. Each is sealed together with the seal of the one before it.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::Expr,
};
use uuid::Uuid;

use super::entity::{audit, audit_head};

/// The one row of the head.
const HEAD: i32 = 1;

/// A seal over an entry and all before it.
pub(crate) type Seal = [u8; 32];

/// Who did what to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// From 1, without gaps.
    pub(crate) position: i64,
    pub(crate) at: DateTime<Utc>,
    /// None for the command line and for the service itself.
    pub(crate) actor: Option<UserId>,
    pub(crate) action: String,
    /// An account's id, a role's code, ...
    pub(crate) target: String,
    /// A JSON object, as the text that was sealed.
    pub(crate) details: String,
}

/// The last entry: its position (0 before the first) and its seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) position: i64,
    pub(crate) seal: Seal,
}

/// The head, locked until the transaction ends: writers take turns.
pub(crate) async fn lock_head(tx: &impl ConnectionTrait) -> Result<Head, DbErr> {
    // An update that changes nothing takes the row's lock on either engine.
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Position, Expr::col(audit_head::Column::Position))
        .exec(tx)
        .await?;
    head(tx).await
}

pub(crate) async fn head(connection: &impl ConnectionTrait) -> Result<Head, DbErr> {
    let row = audit_head::Entity::find_by_id(HEAD).one(connection).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the head of the audit log".to_owned()))?;
    Ok(Head { position: row.position, seal: row.seal.try_into().unwrap_or_default() })
}

/// Adds an entry behind the head, which the transaction holds.
pub(crate) async fn append(tx: &impl ConnectionTrait, entry: &Entry, seal: Seal) -> Result<(), DbErr> {
    let row = audit::ActiveModel {
        position: Set(entry.position),
        at: Set(entry.at),
        actor: Set(entry.actor.map(|actor| actor.0)),
        action: Set(entry.action.clone()),
        target: Set(entry.target.clone()),
        details: Set(entry.details.clone()),
        seal: Set(seal.to_vec()),
    };
    audit::Entity::insert(row).exec_without_returning(tx).await?;
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Position, Expr::value(entry.position))
        .col_expr(audit_head::Column::Seal, Expr::value(seal.to_vec()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Entries in order, with their seals, from a position on.
pub(crate) async fn sealed_from(
    connection: &impl ConnectionTrait,
    position: i64,
    limit: u64,
) -> Result<Vec<(Entry, Seal)>, DbErr> {
    let rows = audit::Entity::find()
        .filter(audit::Column::Position.gte(position))
        .order_by_asc(audit::Column::Position)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|mut row| {
            let seal = std::mem::take(&mut row.seal).try_into().unwrap_or_default();
            (Entry::from(row), seal)
        })
        .collect())
}

/// Which entries are looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryFilter {
    pub(crate) actor: Option<UserId>,
    pub(crate) action: Option<&'static str>,
    pub(crate) target: Option<String>,
    /// At this moment or later.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub(crate) until: Option<DateTime<Utc>>,
}

/// A page of the entries, newest first, and how many there are. With `before` the list begins with the first entry at an
/// earlier position.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    filter: &EntryFilter,
    before: Option<i64>,
    offset: u64,
    limit: u64,
) -> Result<(Vec<Entry>, u64), DbErr> {
    let found = audit::Entity::find()
        .apply_if(filter.actor, |found, actor| found.filter(audit::Column::Actor.eq(actor.0)))
        .apply_if(filter.action, |found, action| found.filter(audit::Column::Action.eq(action)))
        .apply_if(filter.target.as_ref(), |found, target| found.filter(audit::Column::Target.eq(target)))
        .apply_if(filter.since, |found, since| found.filter(audit::Column::At.gte(since)))
        .apply_if(filter.until, |found, until| found.filter(audit::Column::At.lt(until)));
    let total = found.clone().count(connection).await?;
    let rows = found
        .apply_if(before, |found, before| found.filter(audit::Column::Position.lt(before)))
        .order_by_desc(audit::Column::Position)
        .offset(offset)
        .limit(limit)
        .all(connection)
        .await?;
    Ok((rows.into_iter().map(Entry::from).collect(), total))
}

/// Entries behind a position that an account did, or that were done to it, in order.
pub(crate) async fn of_user_after(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    position: i64,
    limit: u64,
) -> Result<Vec<Entry>, DbErr> {
    let concerns = Condition::any()
        .add(audit::Column::Actor.eq(user_id.0))
        .add(audit::Column::Target.eq(user_id.to_string()));
    let rows = audit::Entity::find()
        .filter(concerns)
        .filter(audit::Column::Position.gt(position))
        .order_by_asc(audit::Column::Position)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

impl From<audit::Model> for Entry {
    fn from(row: audit::Model) -> Self {
        Self {
            position: row.position,
            at: row.at,
            actor: row.actor.map(|id: Uuid| UserId(id)),
            action: row.action,
            target: row.target,
            details: row.details,
        }
    }
}
