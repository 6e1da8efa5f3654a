//! Keeping the index what the database says: what changed, what went wrong with it, and whether the two are still alike.
//!
//! - `changes`: what events and repairs are about, and the documents that follow from it;
//! - `everything`: every document, as the database has it; `builder`: a whole index of them; `progress`: how far it is;
//! - `audit`: database and index compared;
//! - `letters`: what the index could not take;
//! - `status`: how it goes, for those who ask; `summary`: the same, told by a process that does not run it.

pub(crate) mod audit;
pub(crate) mod builder;
pub(crate) mod changes;
mod everything;
pub(crate) mod letters;
pub(crate) mod progress;
mod status;
pub(crate) mod summary;

use kino_domain::{CatalogueEvent, Clock, Entropy};
use kino_engine::{Database, database::DbErr, log::LogError, outbox::Outbox};
use uuid::Uuid;

pub(crate) use changes::Changes;
pub(crate) use status::{Job, Upkeep};

use crate::{
    Catalogue,
    search::IndexError,
    store::{
        films, persons,
        rebuilds::{self, RebuildReason, RebuildState},
    },
};

/// Why something was not done; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// The event log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The catalogue's database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The search index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// There is no indexer any more.
    #[error("the indexer has ended")]
    Ended,
}

/// How many documents an index of the whole catalogue holds.
pub(crate) async fn count_documents(catalogue: &Catalogue) -> Result<i64, DbErr> {
    let read = catalogue.database.read();
    let count = films::count(read).await? + persons::count(read).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

impl Catalogue {
    /// Notes that a rebuild of so many documents begins.
    pub(crate) async fn begin_rebuild(&self, asked: Uuid, total: i64) -> Result<(), DbErr> {
        let tx = self.database.begin().await?;
        rebuilds::begin(&tx, asked, total, self.clock.now()).await?;
        tx.commit().await
    }

    /// Notes that so many documents are indexed.
    pub(crate) async fn advance_rebuild(&self, asked: Uuid, done: u64) -> Result<(), DbErr> {
        let tx = self.database.begin().await?;
        rebuilds::advance(&tx, asked, i64::try_from(done).unwrap_or(i64::MAX)).await?;
        tx.commit().await
    }

    /// Notes that a rebuild has ended, well where there is no problem.
    pub(crate) async fn end_rebuild(&self, asked: Uuid, problem: Option<String>) -> Result<(), DbErr> {
        let tx = self.database.begin().await?;
        rebuilds::finish(&tx, asked, problem, self.clock.now()).await?;
        tx.commit().await
    }
}

/// Asks every server to build its index anew.
pub(crate) async fn request_rebuild(
    database: &Database,
    outbox: &Outbox,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<RebuildState, DbErr> {
    let now = clock.now();
    let tx = database.begin().await?;
    let state = rebuilds::request(&tx, entropy.uuid_v7(now), RebuildReason::Wanted, now).await?;
    outbox.put(&tx, &[CatalogueEvent::IndexRebuildRequested { id: state.id }]).await?;
    tx.commit().await?;
    Ok(state)
}
