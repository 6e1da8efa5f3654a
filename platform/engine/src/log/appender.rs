//! Group commit: one task writes; what is handed to it while it commits goes into the next commit together.

use std::sync::Arc;

use kino_domain::{Clock, Envelope};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, sea_query::Expr,
};
use tokio::sync::{Mutex, mpsc, oneshot};

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

struct Job {
    events: Vec<Envelope>,
    done: oneshot::Sender<Result<(), Arc<DbErr>>>,
}

#[derive(Clone, Debug)]
pub(super) struct Appender {
    jobs: Arc<Mutex<Option<mpsc::Sender<Job>>>>,
    sender: mpsc::WeakSender<Job>,
    stopped: Arc<tokio::sync::Semaphore>,
}

impl Appender {
    pub(super) fn start(database: Database, wake: Arc<Wake>, clock: Clock) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let stopped = Arc::new(tokio::sync::Semaphore::new(0));
        let writer = Writer { database, wake, clock };
        let done = Arc::clone(&stopped);
        tokio::spawn(async move {
            writer.run(receiver).await;
            done.close();
        });
        let weak = sender.downgrade();
        Self { jobs: Arc::new(Mutex::new(Some(sender))), sender: weak, stopped }
    }

    pub(super) async fn append(&self, events: Vec<Envelope>) -> Result<(), LogError> {
        let sender = self.sender.upgrade().ok_or(LogError::Closed)?;
        let (done, committed) = oneshot::channel();
        sender.send(Job { events, done }).await.map_err(|_| LogError::Closed)?;
        drop(sender);
        let outcome = committed.await.map_err(|_| LogError::Closed)?;
        outcome.map_err(|error| LogError::Engine(DbErr::Custom(error.to_string())))
    }

    /// Takes no more and returns when all that was taken is on the disk.
    pub(super) async fn stop(&self) {
        self.jobs.lock().await.take();
        // The semaphore has no permits: this waits until the writer closes it.
        let _ = self.stopped.acquire().await;
    }
}

struct Writer {
    database: Database,
    wake: Arc<Wake>,
    clock: Clock,
}

impl Writer {
    async fn run(self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.recv().await {
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
