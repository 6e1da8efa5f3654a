//! What the index could not take: documents that the engine refused, events that could not be read.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{IDS_AT_ONCE, entity::dead_letter};

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LetterKind {
    /// A film's document.
    Film,
    /// A person's document.
    Person,
    /// An event.
    Event,
}

/// Something that could not be indexed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    pub kind: LetterKind,
    /// The film, the person or the event.
    pub subject: Uuid,
    /// Of an event, as it was published.
    pub payload: Option<String>,
    /// Why it could not be indexed.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was tried first.
    pub first_at: DateTime<Utc>,
    /// When it was tried last.
    pub last_at: DateTime<Utc>,
}

/// Notes letters. One about the same thing is the same letter, tried once more.
pub(crate) async fn note(tx: &impl ConnectionTrait, letters: &[DeadLetter]) -> Result<(), DbErr> {
    use dead_letter::Column as C;
    let again = OnConflict::columns([C::Kind, C::Subject])
        .update_columns([C::Reason, C::LastAt])
        .value(C::Attempts, Expr::col((dead_letter::Entity, C::Attempts)).add(1))
        .to_owned();
    for letters in letters.chunks(IDS_AT_ONCE) {
        let rows = letters.iter().map(|letter| dead_letter::ActiveModel {
            id: Set(letter.id),
            kind: Set(letter.kind.code().to_owned()),
            subject: Set(letter.subject),
            payload: Set(letter.payload.clone()),
            reason: Set(letter.reason.clone()),
            attempts: Set(letter.attempts),
            first_at: Set(letter.first_at),
            last_at: Set(letter.last_at),
        });
        dead_letter::Entity::insert_many(rows).on_conflict(again.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Forgets letters about these films or persons: the index has taken them.
pub(crate) async fn settle(
    tx: &impl ConnectionTrait,
    kind: LetterKind,
    subjects: &[Uuid],
) -> Result<(), DbErr> {
    for subjects in subjects.chunks(IDS_AT_ONCE) {
        dead_letter::Entity::delete_many()
            .filter(dead_letter::Column::Kind.eq(kind.code()))
            .filter(dead_letter::Column::Subject.is_in(subjects.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// A page of letters, the one last tried first, and how many there are.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    offset: u64,
    limit: u64,
) -> Result<(Vec<DeadLetter>, u64), DbErr> {
    let total = count(connection).await?;
    let rows = dead_letter::Entity::find()
        .order_by_desc(dead_letter::Column::LastAt)
        .order_by_asc(dead_letter::Column::Id)
        .offset(offset)
        .limit(limit)
        .all(connection)
        .await?;
    Ok((rows.into_iter().map(DeadLetter::from).collect(), total))
}

/// All letters, the one noted first first.
pub(crate) async fn all(connection: &impl ConnectionTrait) -> Result<Vec<DeadLetter>, DbErr> {
    let rows = dead_letter::Entity::find().order_by_asc(dead_letter::Column::Id).all(connection).await?;
    Ok(rows.into_iter().map(DeadLetter::from).collect())
}

pub(crate) async fn count(connection: &impl ConnectionTrait) -> Result<u64, DbErr> {
    dead_letter::Entity::find().count(connection).await
}

pub(crate) async fn find(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<DeadLetter>, DbErr> {
    Ok(dead_letter::Entity::find_by_id(id).one(connection).await?.map(DeadLetter::from))
}

/// Deletes a letter; false where there is none.
pub(crate) async fn delete(tx: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    Ok(dead_letter::Entity::delete_by_id(id).exec(tx).await?.rows_affected > 0)
}

impl LetterKind {
    /// The word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Film => "film",
            Self::Person => "person",
            Self::Event => "event",
        }
    }
}

impl From<dead_letter::Model> for DeadLetter {
    fn from(row: dead_letter::Model) -> Self {
        let kind = match row.kind.as_str() {
            "film" => LetterKind::Film,
            "person" => LetterKind::Person,
            _ => LetterKind::Event,
        };
        Self {
            id: row.id,
            kind,
            subject: row.subject,
            payload: row.payload,
            reason: row.reason,
            attempts: row.attempts,
            first_at: row.first_at,
            last_at: row.last_at,
        }
    }
}
