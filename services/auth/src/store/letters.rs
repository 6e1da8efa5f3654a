//! The queue of letters. A letter is written in the transaction of what causes it, and leaves when it was sent.

use chrono::{DateTime, Utc};
use kino_domain::{Language, UserId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, ExprTrait as _},
};
use uuid::Uuid;

use super::{entity::letter, users};
use crate::{account::Named, letters::Kind};

/// A letter that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueuedLetter {
    pub(crate) id: Uuid,
    pub(crate) kind: Kind,
    pub(crate) address: Named,
    /// The account that it is about; none where that is to be found by the address.
    pub(crate) user_id: Option<UserId>,
    pub(crate) language: Language,
    pub(crate) due_at: DateTime<Utc>,
    /// How often its sending was begun.
    pub(crate) attempts: i32,
    pub(crate) created_at: DateTime<Utc>,
}

pub(crate) async fn insert(tx: &impl ConnectionTrait, queued: QueuedLetter) -> Result<(), DbErr> {
    let row = letter::ActiveModel {
        id: Set(queued.id),
        kind: Set(queued.kind.code().to_owned()),
        address: Set(queued.address.text),
        address_key: Set(queued.address.key),
        user_id: Set(queued.user_id.map(|id| id.0)),
        language: Set(queued.language.tag().to_owned()),
        due_at: Set(queued.due_at),
        attempts: Set(queued.attempts),
        created_at: Set(queued.created_at),
    };
    letter::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Letters that are due, the longest waiting first. Kinds that this version does not know wait for one that does.
pub(crate) async fn due(
    connection: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<QueuedLetter>, DbErr> {
    let rows = letter::Entity::find()
        .filter(letter::Column::DueAt.lte(now))
        .filter(letter::Column::Kind.is_in(Kind::ALL.map(Kind::code)))
        .order_by_asc(letter::Column::DueAt)
        .order_by_asc(letter::Column::Id)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(rows.into_iter().filter_map(queued).collect())
}

/// Takes a letter for sending; whether nobody else has. Who takes it and comes to an end leaves it to others at `until`.
pub(crate) async fn claim(
    tx: &impl ConnectionTrait,
    letter: &QueuedLetter,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let claimed = letter::Entity::update_many()
        .col_expr(letter::Column::DueAt, Expr::value(until))
        .col_expr(letter::Column::Attempts, Expr::col(letter::Column::Attempts).add(1))
        .filter(letter::Column::Id.eq(letter.id))
        .filter(letter::Column::Attempts.eq(letter.attempts))
        .exec(tx)
        .await?;
    Ok(claimed.rows_affected > 0)
}

/// Leaves a letter for later.
pub(crate) async fn put_off(tx: &impl ConnectionTrait, id: Uuid, until: DateTime<Utc>) -> Result<(), DbErr> {
    letter::Entity::update_many()
        .col_expr(letter::Column::DueAt, Expr::value(until))
        .filter(letter::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes a letter out of the queue.
pub(crate) async fn remove(tx: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    letter::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Takes the letters of a kind to an address (folded) out of the queue.
pub(crate) async fn withdraw(tx: &impl ConnectionTrait, kind: Kind, address_key: &str) -> Result<(), DbErr> {
    letter::Entity::delete_many()
        .filter(letter::Column::AddressKey.eq(address_key))
        .filter(letter::Column::Kind.eq(kind.code()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes all letters to an address (folded) out of the queue.
pub(crate) async fn withdraw_all(tx: &impl ConnectionTrait, address_key: &str) -> Result<(), DbErr> {
    letter::Entity::delete_many().filter(letter::Column::AddressKey.eq(address_key)).exec(tx).await?;
    Ok(())
}

fn queued(row: letter::Model) -> Option<QueuedLetter> {
    Some(QueuedLetter {
        id: row.id,
        kind: Kind::of_code(&row.kind)?,
        address: Named { text: row.address, key: row.address_key },
        user_id: row.user_id.map(UserId),
        language: users::language(&row.language).unwrap_or_default(),
        due_at: row.due_at,
        attempts: row.attempts,
        created_at: row.created_at,
    })
}
