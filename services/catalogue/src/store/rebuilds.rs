//! Rebuilds of the index that were asked for: by whom it may be, a server does them and notes how far it is.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
    sea_query::{Expr, LockType},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::index_rebuild;

/// A rebuild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RebuildState {
    /// Its id.
    pub id: Uuid,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When a server began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended, well or not.
    pub finished_at: Option<DateTime<Utc>>,
    /// Films and persons that the new index holds so far.
    pub done: i64,
    /// Films and persons that there were at the start.
    pub total: i64,
    /// Why it failed, where it did: the old index goes on.
    pub problem: Option<String>,
}

/// Why a rebuild is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RebuildReason {
    /// Someone wants one: one that runs already is the one.
    Wanted,
    /// Films were stored of which no event tells: one that runs already may have passed by their places.
    UntoldFilms,
}

/// Asks for a rebuild; one that waits, or runs where that is enough, is the one. The caller publishes the event.
pub(crate) async fn request(
    tx: &impl ConnectionTrait,
    id: Uuid,
    reason: RebuildReason,
    now: DateTime<Utc>,
) -> Result<RebuildState, DbErr> {
    let found = match reason {
        RebuildReason::Wanted => unfinished(tx).await?,
        // Locked: a server that began it before the films are there would pass by their places. SQLite has no such lock, and
        // needs none: there one transaction writes at a time.
        RebuildReason::UntoldFilms => {
            of_waiting().lock(LockType::Share).one(tx).await?.map(RebuildState::from)
        }
    };
    if let Some(found) = found {
        return Ok(found);
    }
    let row = index_rebuild::ActiveModel {
        id: Set(id),
        requested_at: Set(now),
        started_at: Set(None),
        finished_at: Set(None),
        done: Set(0),
        total: Set(0),
        problem: Set(None),
    };
    Ok(index_rebuild::Entity::insert(row).exec_with_returning(tx).await?.into())
}

/// The oldest that is not finished.
pub(crate) async fn unfinished(connection: &impl ConnectionTrait) -> Result<Option<RebuildState>, DbErr> {
    let row = index_rebuild::Entity::find()
        .filter(index_rebuild::Column::FinishedAt.is_null())
        .order_by_asc(index_rebuild::Column::RequestedAt)
        .one(connection)
        .await?;
    Ok(row.map(RebuildState::from))
}

/// The oldest that nobody has begun.
pub(crate) async fn waiting(connection: &impl ConnectionTrait) -> Result<Option<RebuildState>, DbErr> {
    Ok(of_waiting().one(connection).await?.map(RebuildState::from))
}

fn of_waiting() -> Select<index_rebuild::Entity> {
    index_rebuild::Entity::find()
        .filter(index_rebuild::Column::StartedAt.is_null())
        .filter(index_rebuild::Column::FinishedAt.is_null())
        .order_by_asc(index_rebuild::Column::RequestedAt)
}

/// The one asked for last.
pub(crate) async fn latest(connection: &impl ConnectionTrait) -> Result<Option<RebuildState>, DbErr> {
    let row = index_rebuild::Entity::find()
        .order_by_desc(index_rebuild::Column::RequestedAt)
        .one(connection)
        .await?;
    Ok(row.map(RebuildState::from))
}

pub(crate) async fn find(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<RebuildState>, DbErr> {
    Ok(index_rebuild::Entity::find_by_id(id).one(connection).await?.map(RebuildState::from))
}

/// Notes that a server began, or begins again after it was killed.
pub(crate) async fn begin(
    tx: &impl ConnectionTrait,
    id: Uuid,
    total: i64,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    index_rebuild::Entity::update_many()
        .col_expr(index_rebuild::Column::StartedAt, Expr::value(now))
        .col_expr(index_rebuild::Column::Done, Expr::value(0i64))
        .col_expr(index_rebuild::Column::Total, Expr::value(total))
        .filter(index_rebuild::Column::Id.eq(id))
        .filter(index_rebuild::Column::FinishedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Notes how far it is.
pub(crate) async fn advance(tx: &impl ConnectionTrait, id: Uuid, done: i64) -> Result<(), DbErr> {
    index_rebuild::Entity::update_many()
        .col_expr(index_rebuild::Column::Done, Expr::value(done))
        .filter(index_rebuild::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Notes that it ended; of servers that have an index each, as soon as the first is done.
pub(crate) async fn finish(
    tx: &impl ConnectionTrait,
    id: Uuid,
    problem: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    index_rebuild::Entity::update_many()
        .col_expr(index_rebuild::Column::FinishedAt, Expr::value(now))
        .col_expr(index_rebuild::Column::Problem, Expr::value(problem))
        .filter(index_rebuild::Column::Id.eq(id))
        .filter(index_rebuild::Column::FinishedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

impl From<index_rebuild::Model> for RebuildState {
    fn from(row: index_rebuild::Model) -> Self {
        Self {
            id: row.id,
            requested_at: row.requested_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            done: row.done,
            total: row.total,
            problem: row.problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use kino_domain::Clock;
    use kino_engine::Database;
    use kino_testkit::{TestDatabase, on_every_database};

    use super::{super::Migrator, *};

    on_every_database!(films_without_events_ask_for_a_rebuild_that_has_not_begun);

    async fn films_without_events_ask_for_a_rebuild_that_has_not_begun(database: TestDatabase) {
        let database = Database::open(database.url(), "catalogue").await.unwrap();
        database.migrate::<Migrator>().await.unwrap();
        let tx = database.begin().await.unwrap();
        let now = Clock::system().now();
        let ask = async |number, reason| {
            request(&tx, Uuid::from_u128(number), reason, now).await.unwrap().id.as_u128()
        };
        assert_eq!(ask(1, RebuildReason::UntoldFilms).await, 1);
        assert_eq!(ask(2, RebuildReason::UntoldFilms).await, 1, "it waits still");
        begin(&tx, Uuid::from_u128(1), 7, now).await.unwrap();
        assert_eq!(ask(3, RebuildReason::Wanted).await, 1, "it runs");
        assert_eq!(ask(4, RebuildReason::UntoldFilms).await, 4);
        finish(&tx, Uuid::from_u128(1), None, now).await.unwrap();
        assert_eq!(unfinished(&tx).await.unwrap().unwrap().id.as_u128(), 4);
        tx.commit().await.unwrap();
        database.close().await.unwrap();
    }
}
