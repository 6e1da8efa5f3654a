//! Sessions: one a sign-in.

use chrono::{DateTime, Utc};
use kino_domain::{SessionId, UserId};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, Iterable as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, Query},
};

use super::entity::{session, totp};
use crate::rotation::{Lineage, TokenHash};

/// What signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) user_agent: String,
    pub(crate) ip: String,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) user_id: UserId,
    pub(crate) device: Device,
    pub(crate) lineage: Lineage,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
}

pub(crate) async fn insert(tx: &impl ConnectionTrait, session: &Session) -> Result<(), DbErr> {
    session::Entity::insert(row_of(session)).exec_without_returning(tx).await?;
    Ok(())
}

/// Begins a session unless the account has an authenticator app, whose code is wanted first; whether it did. One statement
/// for both: every sign-in asks.
pub(crate) async fn insert_unless_code_is_wanted(
    tx: &impl ConnectionTrait,
    session: &Session,
) -> Result<bool, DbErr> {
    let app = Query::select()
        .expr(Expr::value(1))
        .from(totp::Entity)
        .and_where(totp::Column::UserId.eq(session.user_id.0))
        .and_where(totp::Column::ConfirmedAt.is_not_null())
        .to_owned();
    let row = row_of(session);
    let value = |column| Some((column, Expr::value(row.get(column).into_value()?)));
    let (columns, values): (Vec<_>, Vec<_>) = session::Column::iter().filter_map(value).unzip();
    let unless = Query::select().exprs(values).and_where(Expr::exists(app).not()).to_owned();
    let mut insert = Query::insert();
    insert.into_table(session::Entity).columns(columns);
    insert.select_from(unless).map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(tx.execute(&insert).await?.rows_affected() > 0)
}

fn row_of(session: &Session) -> session::ActiveModel {
    session::ActiveModel {
        id: Set(session.id.0),
        user_id: Set(session.user_id.0),
        user_agent: Set(session.device.user_agent.clone()),
        ip: Set(session.device.ip.clone()),
        refresh_hash: Set(session.lineage.current.to_vec()),
        parent_hash: Set(session.lineage.parent.map(|hash| hash.to_vec())),
        rotated_at: Set(session.lineage.rotated_at),
        expires_at: Set(session.expires_at),
        created_at: Set(session.created_at),
        ended_at: Set(None),
    }
}

/// A session of this account that goes on. Within a transaction that holds the account's lock it cannot change.
pub(crate) async fn find_live(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<Session>, DbErr> {
    let row = session::Entity::find_by_id(id.0)
        .filter(session::Column::UserId.eq(user_id.0))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .one(connection)
        .await?;
    Ok(row.map(Session::from))
}

/// All sessions of an account that are kept, the oldest first, and when those ended that did.
pub(crate) async fn all_of_user(
    connection: &impl ConnectionTrait,
    user_id: UserId,
) -> Result<Vec<(Session, Option<DateTime<Utc>>)>, DbErr> {
    let rows = session::Entity::find()
        .filter(session::Column::UserId.eq(user_id.0))
        .order_by_asc(session::Column::Id)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.ended_at, row))
        .map(|(ended_at, row)| (row.into(), ended_at))
        .collect())
}

/// A page of an account's sessions that go on, the one last seen first, and how many there are.
pub(crate) async fn page_of_live(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    now: DateTime<Utc>,
    offset: u64,
    limit: u64,
) -> Result<(Vec<Session>, u64), DbErr> {
    let live = session::Entity::find()
        .filter(session::Column::UserId.eq(user_id.0))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now));
    let total = live.clone().count(connection).await?;
    let rows = live
        .order_by_desc(session::Column::RotatedAt)
        .order_by_desc(session::Column::Id)
        .offset(offset)
        .limit(limit)
        .all(connection)
        .await?;
    Ok((rows.into_iter().map(Session::from).collect(), total))
}

/// Trades the session's current refresh token for the next, if `shown` is its hash and the session goes on; none
/// otherwise.
pub(crate) async fn spend(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    id: SessionId,
    shown: TokenHash,
    next: &Lineage,
    expires_at: DateTime<Utc>,
) -> Result<Option<Session>, DbErr> {
    let parent = next.parent.map(|hash| hash.to_vec());
    let spent = session::Entity::update_many()
        .col_expr(session::Column::RefreshHash, Expr::value(next.current.to_vec()))
        .col_expr(session::Column::ParentHash, Expr::value(parent))
        .col_expr(session::Column::RotatedAt, Expr::value(next.rotated_at))
        .col_expr(session::Column::ExpiresAt, Expr::value(expires_at))
        .filter(session::Column::Id.eq(id.0))
        .filter(session::Column::UserId.eq(user_id.0))
        .filter(session::Column::RefreshHash.eq(shown.to_vec()))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(next.rotated_at))
        .exec_with_returning(tx)
        .await?;
    Ok(spent.into_iter().next().map(Session::from))
}

/// Ends one session.
pub(crate) async fn end(tx: &impl ConnectionTrait, id: SessionId, now: DateTime<Utc>) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.0))
        .filter(session::Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends all sessions of an account, but for one that may be kept; which ended.
pub(crate) async fn end_all(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    keep: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, DbErr> {
    let mut live = session::Entity::find()
        .filter(session::Column::UserId.eq(user_id.0))
        .filter(session::Column::EndedAt.is_null());
    if let Some(keep) = keep {
        live = live.filter(session::Column::Id.ne(keep.0));
    }
    let ids: Vec<_> = live.all(tx).await?.into_iter().map(|row| row.id).collect();
    // By the account again, not by the ids: those can be more than a statement takes.
    let mut end = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(session::Column::UserId.eq(user_id.0))
        .filter(session::Column::EndedAt.is_null());
    if let Some(keep) = keep {
        end = end.filter(session::Column::Id.ne(keep.0));
    }
    end.exec(tx).await?;
    Ok(ids.into_iter().map(SessionId).collect())
}

/// Forgets sessions that were over at a moment; how many.
pub(crate) async fn forget_expired(tx: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let forgotten =
        session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(before)).exec(tx).await?;
    Ok(forgotten.rows_affected)
}

impl From<session::Model> for Session {
    fn from(row: session::Model) -> Self {
        let hash = |bytes: Vec<u8>| TokenHash::try_from(bytes).ok();
        Self {
            id: SessionId(row.id),
            user_id: UserId(row.user_id),
            device: Device { user_agent: row.user_agent, ip: row.ip },
            lineage: Lineage {
                // A damaged hash matches no token.
                current: hash(row.refresh_hash).unwrap_or_default(),
                parent: row.parent_hash.and_then(hash),
                rotated_at: row.rotated_at,
            },
            expires_at: row.expires_at,
            created_at: row.created_at,
        }
    }
}
