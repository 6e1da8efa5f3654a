//! The outbox: a service writes its domain events into its own database, in the transaction that changes the state;
//! a relay carries them to the event log. So there is never a change without its event, nor an event without its
//! change, whatever is killed when.

use std::{sync::Arc, time::Duration};

use kino_domain::{Clock, DomainEvent, Entropy, Envelope};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use sea_orm_migration::{prelude::*, schema};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Database, EventLog, log::LogError};

/// Events carried in one go.
const BATCH: u64 = 1000;
/// Rows in one statement: SQLite takes 32,766 parameters, a row has six.
const STATEMENT_ROWS: usize = 2000;
/// How often the relay looks when nothing wakes it: another process (the command line) may have written.
const POLL: Duration = Duration::from_millis(250);
const RETRY: Duration = Duration::from_secs(1);

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub event_id: Uuid,
        pub topic: String,
        pub key: Uuid,
        pub occurred_at: DateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub payload: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table, for a service's migrations.
pub fn table() -> TableCreateStatement {
    Table::create()
        .table("outbox")
        .col(schema::big_integer("id").primary_key().auto_increment())
        .col(schema::uuid("event_id"))
        .col(schema::string("topic"))
        .col(schema::uuid("key"))
        .col(schema::timestamp_with_time_zone("occurred_at"))
        .col(schema::text("payload"))
        .to_owned()
}

/// A service's outbox. Clones are one and the same.
#[derive(Clone, Debug)]
pub struct Outbox {
    clock: Clock,
    entropy: Entropy,
    written: Arc<Notify>,
}

impl Outbox {
    /// An outbox whose events are stamped by this clock.
    pub fn new(clock: Clock, entropy: Entropy) -> Self {
        Self { clock, entropy, written: Arc::new(Notify::new()) }
    }

    /// Writes events in the caller's transaction. Call [`wake`](Self::wake) after its commit.
    pub async fn put<E: DomainEvent>(&self, tx: &impl ConnectionTrait, events: &[E]) -> Result<(), DbErr> {
        for events in events.chunks(STATEMENT_ROWS) {
            let rows = events.iter().map(|event| {
                let envelope = Envelope::now(event, &self.clock, &self.entropy);
                row::ActiveModel {
                    id: NotSet,
                    event_id: Set(envelope.id),
                    topic: Set(envelope.topic),
                    key: Set(envelope.key),
                    occurred_at: Set(envelope.occurred_at),
                    payload: Set(envelope.payload),
                }
            });
            row::Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        Ok(())
    }

    /// Tells the relay that a transaction with events was committed.
    pub fn wake(&self) {
        self.written.notify_one();
    }

    /// Carries events from `database` to `log` until `stop`; then carries what is left and returns.
    pub async fn relay(&self, database: Database, log: EventLog, stop: CancellationToken) {
        loop {
            match carry(&database, &log).await {
                // A full batch: more may be waiting.
                Ok(BATCH) => {}
                Ok(_) if stop.is_cancelled() => return,
                Ok(_) => {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = self.written.notified() => {}
                        () = tokio::time::sleep(POLL) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "events wait in the outbox; trying again");
                    if stop.is_cancelled() {
                        return;
                    }
                    let _ = tokio::time::timeout(RETRY, stop.cancelled()).await;
                }
            }
        }
    }
}

/// Carries one batch, in order; how many events it was.
async fn carry(database: &Database, log: &EventLog) -> Result<u64, LogError> {
    let rows = row::Entity::find().order_by_asc(row::Column::Id).limit(BATCH).all(database.read()).await?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(0) };
    let (ids, count) = (rows.iter().map(|row| row.id).collect::<Vec<_>>(), rows.len());
    tracing::trace!(first = first.id, last = last.id, count, "carrying events to the log");
    let envelopes = rows.into_iter().map(Envelope::from).collect();
    log.append(envelopes).await?;
    // Killed here, the batch is carried again; the log knows its events by their ids.
    let tx = database.begin().await?;
    row::Entity::delete_many().filter(row::Column::Id.is_in(ids)).exec(&tx).await?;
    tx.commit().await?;
    Ok(count as u64)
}

/// The events that wait: committed, not yet in the log. A process that starts heeds its own at once, rather than when
/// the log brings them.
pub async fn pending(database: &Database) -> Result<Vec<Envelope>, DbErr> {
    let rows = row::Entity::find().order_by_asc(row::Column::Id).all(database.read()).await?;
    Ok(rows.into_iter().map(Envelope::from).collect())
}

impl From<row::Model> for Envelope {
    fn from(row: row::Model) -> Self {
        Self {
            id: row.event_id,
            topic: row.topic,
            key: row.key,
            occurred_at: row.occurred_at,
            payload: row.payload,
        }
    }
}

/// How many events wait.
pub async fn waiting(database: &Database) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait as _;
    row::Entity::find().count(database.read()).await
}
