//! The event log: topics of domain events, appended durably, read in order, kept for a while.
//!
//! The local log is two tables, in SQLite (`events.db`) or in PostgreSQL (schema `events`), so that processes which
//! share the database share the log:
//!
//! - [`EventLog::append`] returns when the events are on the disk; callers that append at the same time share one
//!   commit (see `appender`).
//! - [`EventLog::follow`] reads a topic alone, from any position (see `follower`).
//! - [`EventLog::join`] reads a topic as a member of a group, which shares one committed position (see `member`).

mod appender;
mod entity;
mod follower;
mod member;
mod schema;
mod wake;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use kino_domain::{Clock, Entropy, Envelope};
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

pub use follower::Follower;
pub use member::Member;

use crate::{Database, OpenError};
use appender::Appender;
use uuid::Uuid;
use wake::Wake;

/// A place in the log: everything before it has been read. Positions of one log grow in the order of appending.
pub type Position = i64;

/// Where a follower begins.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// With the oldest event that is kept.
    Beginning,
    /// With the events that were appended at this moment or later.
    Time(DateTime<Utc>),
    /// Where a follower stood before.
    Position(Position),
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The position just behind this event: a follower that starts there reads on after it.
    pub next: Position,
    /// The event.
    pub envelope: Envelope,
}

/// Why the log did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The engine failed or cannot be reached.
    #[error("the event log does not answer: {0}")]
    Engine(#[from] DbErr),
    /// The log was closed.
    #[error("the event log is closed")]
    Closed,
    /// Another member took this member's place, because it was silent for too long.
    #[error("this member of the group was replaced; join again")]
    Replaced,
}

/// The event log. Clones share one appender.
#[derive(Clone, Debug)]
pub struct EventLog {
    database: Database,
    appender: Appender,
    wake: Arc<Wake>,
    clock: Clock,
    entropy: Entropy,
}

impl EventLog {
    /// Opens the log at `url`: `local:` keeps it in the database at `database_url`.
    pub async fn open(
        url: &str,
        database_url: &str,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        if url != "local:" {
            let advice = "use \"local:\", which lives in the database";
            return Err(OpenError::new("events", url, "no such kind of event log in this version", advice));
        }
        let database = Database::open(database_url, "events").await?;
        let failed = |error: DbErr| {
            OpenError::new("events", url, error, "check the database: the local event log lives in it")
        };
        database.migrate::<schema::Migrator>().await.map_err(failed)?;
        let wake = Wake::new(&database);
        let appender = Appender::start(database.clone(), Arc::clone(&wake), clock.clone());
        Ok(Self { database, appender, wake, clock, entropy })
    }

    /// Appends events, in order; durable when it returns. An event whose id the log already holds is passed over, so
    /// that a relay which repeats itself after a crash doubles nothing.
    pub async fn append(&self, events: Vec<Envelope>) -> Result<(), LogError> {
        if events.is_empty() { Ok(()) } else { self.appender.append(events).await }
    }

    /// Begins to read a topic alone.
    pub async fn follow(&self, topic: &str, start: Start) -> Result<Follower, LogError> {
        let position = match start {
            Start::Beginning => 0,
            Start::Position(position) => position,
            Start::Time(moment) => self.position_at(topic, moment).await?,
        };
        Ok(Follower::new(self.database.clone(), &self.wake, topic, position))
    }

    /// Begins to read a topic as a member of a group. One member at a time reads; the others wait to take over when
    /// it leaves or falls silent.
    pub async fn join(&self, topic: &str, group: &str) -> Result<Member, LogError> {
        Member::join(self, topic, group).await
    }

    /// The position behind the newest event of any topic.
    pub async fn end(&self) -> Result<Position, LogError> {
        appender::end(self.database.read()).await.map_err(LogError::from)
    }

    /// Which log this is. Whoever keeps a position keeps this with it: a position of another log means nothing here.
    pub async fn id(&self) -> Result<Uuid, LogError> {
        Ok(appender::tail(self.database.read()).await?.log_id)
    }

    /// The position of the oldest event kept of any topic: a reader that stood before it has missed some.
    pub async fn oldest(&self) -> Result<Position, LogError> {
        let oldest: Option<Option<i64>> = entity::record::Entity::find()
            .select_only()
            .column_as(entity::record::Column::Position.min(), "oldest")
            .into_tuple()
            .one(self.database.read())
            .await?;
        match oldest.flatten() {
            Some(oldest) => Ok(oldest),
            None => self.end().await,
        }
    }

    /// Forgets events that were appended before a moment, as far as every group has read them; says how many.
    pub async fn forget_before(&self, moment: DateTime<Utc>) -> Result<u64, LogError> {
        let slowest: Option<Option<i64>> = entity::group::Entity::find()
            .select_only()
            .column_as(entity::group::Column::Committed.min(), "slowest")
            .into_tuple()
            .one(self.database.read())
            .await?;
        let mut forget =
            entity::record::Entity::delete_many().filter(entity::record::Column::AppendedAt.lt(moment));
        if let Some(slowest) = slowest.flatten() {
            forget = forget.filter(entity::record::Column::Position.lt(slowest));
        }
        let tx = self.database.begin().await?;
        let forgotten = forget.exec(&tx).await?.rows_affected;
        tx.commit().await?;
        Ok(forgotten)
    }

    /// Asks the engine for an answer.
    pub async fn ping(&self) -> Result<(), LogError> {
        self.database.ping().await.map_err(LogError::from)
    }

    /// Appends what was handed over and closes the log.
    pub async fn close(&self) -> Result<(), LogError> {
        self.appender.stop().await;
        self.wake.stop();
        self.database.close().await.map_err(LogError::from)
    }

    async fn position_at(&self, topic: &str, moment: DateTime<Utc>) -> Result<Position, LogError> {
        // Asked first: an event that is appended between the two questions lies behind this end.
        let end = self.end().await?;
        let first = entity::record::Entity::find()
            .filter(entity::record::Column::Topic.eq(topic))
            .filter(entity::record::Column::AppendedAt.gte(moment))
            .order_by_asc(entity::record::Column::Position)
            .limit(1)
            .one(self.database.read())
            .await?;
        Ok(first.map_or(end, |record| record.position))
    }
}

/// How long a reader sleeps when nothing wakes it: a process that cannot be woken (another one's SQLite) is at most
/// this late.
const POLL: Duration = Duration::from_millis(250);
