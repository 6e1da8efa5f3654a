//! Reading a topic alone.

use std::time::Duration;

use kino_domain::Envelope;
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use tokio::{sync::watch, time::Instant};

use super::{LogError, POLL, Position, Record, entity::record, wake::Wake};
use crate::Database;

/// Reads a topic in order, from its own position on.
#[derive(Debug)]
pub struct Follower {
    database: Database,
    topic: String,
    position: Position,
    appended: watch::Receiver<u64>,
}

impl Follower {
    pub(super) fn new(database: Database, wake: &Wake, topic: &str, position: Position) -> Self {
        Self { database, topic: topic.to_owned(), position, appended: wake.subscribe() }
    }

    /// The next events, at most `max`; waits up to `patience` for the first. None within that time is an empty list.
    pub async fn next(&mut self, max: u64, patience: Duration) -> Result<Vec<Record>, LogError> {
        let deadline = Instant::now() + patience;
        loop {
            // Seen before the query, so that an append during it wakes the wait below.
            self.appended.mark_unchanged();
            let records = read(self.database.read(), &self.topic, self.position, max).await?;
            if let Some(last) = records.last() {
                self.position = last.next;
                return Ok(records);
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(records);
            }
            let pause = POLL.min(deadline - now);
            // Woken, or the poll is due: either way, look again.
            let _ = tokio::time::timeout(pause, self.appended.changed()).await;
        }
    }

    /// Where it stands: behind the last event that it returned.
    pub const fn position(&self) -> Position {
        self.position
    }
}

async fn read(
    connection: &DatabaseConnection,
    topic: &str,
    from: Position,
    max: u64,
) -> Result<Vec<Record>, DbErr> {
    let rows = record::Entity::find()
        .filter(record::Column::Topic.eq(topic))
        .filter(record::Column::Position.gte(from))
        .order_by_asc(record::Column::Position)
        .limit(max)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Record {
            next: row.position + 1,
            envelope: Envelope {
                id: row.event_id,
                topic: row.topic,
                key: row.key,
                occurred_at: row.occurred_at,
                payload: row.payload,
            },
        })
        .collect())
}
