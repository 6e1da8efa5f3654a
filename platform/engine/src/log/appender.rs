//! Group commit: one task writes; what is handed to it while it commits goes into the next commit together.

use std::sync::Arc;

use kino_domain::{Clock, Envelope};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, sea_query::Expr,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    LogError, Position,
    entity::{record, tail},
    wake::Wake,
};
use crate::Database;

/// Callers that may wait for a commit at once; more wait to hand over.
const QUEUE: usize = 4096;
/// Events in one commit at most.
const COMMIT_EVENTS: usize = 8192;
/// Rows in one statement: SQLite takes 32,766 parameters, a row has seven.
const STATEMENT_ROWS: usize = 2000;

#[derive(Debug)]
struct Job {
    events: Vec<Envelope>,
    done: oneshot::Sender<Result<(), Arc<DbErr>>>,
}

#[derive(Clone, Debug)]
pub(super) struct Appender {
    jobs: mpsc::Sender<Job>,
    closing: CancellationToken,
    writing: TaskTracker,
}

impl Appender {
    pub(super) fn start(database: Database, wake: Arc<Wake>, clock: Clock) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (closing, writing) = (CancellationToken::new(), TaskTracker::new());
        writing.spawn(Writer { database, wake, clock }.run(queue, closing.clone()));
        writing.close();
        Self { jobs, closing, writing }
    }

    pub(super) async fn append(&self, events: Vec<Envelope>) -> Result<(), LogError> {
        let (done, committed) = oneshot::channel();
        self.jobs.send(Job { events, done }).await.map_err(|_| LogError::Closed)?;
        let outcome = committed.await.map_err(|_| LogError::Closed)?;
        outcome.map_err(|error| LogError::Engine(DbErr::Custom(error.to_string())))
    }

    /// Takes no more and returns when all that was taken is on the disk.
    pub(super) async fn stop(&self) {
        self.closing.cancel();
        self.writing.wait().await;
    }
}

struct Writer {
    database: Database,
    wake: Arc<Wake>,
    clock: Clock,
}

impl Writer {
    async fn run(self, mut jobs: mpsc::Receiver<Job>, closing: CancellationToken) {
        loop {
            let next = tokio::select! {
                next = jobs.recv() => next,
                () = closing.cancelled(), if !jobs.is_closed() => {
                    // Takes no more; what was taken still comes.
                    jobs.close();
                    continue;
                }
            };
            let Some(first) = next else { return };
            let mut size = first.events.len();
            let mut batch = vec![first];
            while size < COMMIT_EVENTS
                && let Ok(job) = jobs.try_recv()
            {
                size += job.events.len();
                batch.push(job);
            }
            let outcome = self.commit(&batch).await.map_err(Arc::new);
            metrics::counter!("kino_event_log_commits_total").increment(1);
            metrics::counter!("kino_event_log_events_total").increment(size as u64);
            for job in batch {
                // The caller may have gone away; its events are in the log all the same.
                let _ = job.done.send(outcome.clone());
            }
        }
    }

    async fn commit(&self, batch: &[Job]) -> Result<(), DbErr> {
        let count = batch.iter().map(|job| job.events.len()).sum::<usize>();
        let tx = self.database.begin().await?;
        let first = reserve(&tx, i64::try_from(count).unwrap_or(i64::MAX)).await?;
        let now = self.clock.now();
        let rows: Vec<_> = batch
            .iter()
            .flat_map(|job| &job.events)
            .zip(first..)
            .map(|(event, position)| record::ActiveModel {
                position: Set(position),
                topic: Set(event.topic.clone()),
                key: Set(event.key),
                event_id: Set(event.id),
                occurred_at: Set(event.occurred_at),
                appended_at: Set(now),
                payload: Set(event.payload.clone()),
            })
            .collect();
        for rows in rows.chunks(STATEMENT_ROWS) {
            record::Entity::insert_many(rows.to_vec())
                .on_conflict_do_nothing_on([record::Column::EventId])
                .exec_without_returning(&tx)
                .await?;
        }
        self.wake.announce(&tx).await?;
        tx.commit().await?;
        self.wake.local();
        Ok(())
    }
}

/// Takes `count` positions; holds the tail's row until the transaction ends.
async fn reserve(tx: &impl ConnectionTrait, count: i64) -> Result<Position, DbErr> {
    tail::Entity::update_many()
        .col_expr(tail::Column::Next, Expr::col(tail::Column::Next).add(count))
        .filter(tail::Column::Id.eq(1))
        .exec(tx)
        .await?;
    Ok(end(tx).await? - count)
}

/// The next free position.
pub(super) async fn end(connection: &impl ConnectionTrait) -> Result<Position, DbErr> {
    Ok(tail(connection).await?.next)
}

/// The row that knows where the log ends, and which log it is.
pub(super) async fn tail(connection: &impl ConnectionTrait) -> Result<tail::Model, DbErr> {
    let tail = tail::Entity::find_by_id(1).one(connection).await?;
    tail.ok_or_else(|| DbErr::RecordNotFound("the event log has no tail".into()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kino_domain::Entropy;
    use uuid::Uuid;

    use super::*;
    use crate::EventLog;

    #[tokio::test]
    async fn callers_at_once_share_commits() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().display());
        let (clock, entropy) = (Clock::system(), Entropy::system());
        let log = EventLog::open("local:", &url, clock.clone(), entropy.clone()).await.unwrap();
        let callers: Vec<_> = (0..200)
            .map(|_| {
                let now = clock.now();
                let event = Envelope {
                    id: entropy.uuid_v7(now),
                    topic: "kino.test.v1".to_owned(),
                    key: Uuid::nil(),
                    occurred_at: now,
                    payload: "{}".to_owned(),
                };
                let log = log.clone();
                tokio::spawn(async move { log.append(vec![event]).await })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap().unwrap();
        }
        let rows = record::Entity::find().all(log.database.read()).await.unwrap();
        // Each commit stamps its events with one moment.
        let commits: BTreeSet<_> = rows.iter().map(|row| row.appended_at).collect();
        assert_eq!(rows.len(), 200);
        assert!(commits.len() <= 20, "{} commits", commits.len());
    }
}
