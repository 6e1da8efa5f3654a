//! How the index is, told by a process that does not run it: beside a server, or where none runs.

use std::time::Duration;

use kino_domain::{CatalogueEvent, DomainEvent as _};
use kino_engine::{
    Database, EventLog,
    log::{LogError, Start},
    outbox,
};

use super::UpkeepError;
use crate::{
    search::{self, IndexGlance, LogPlace, Place, SearchUrl},
    store::{
        Migrator, dead_letters, films, persons,
        rebuilds::{self, RebuildState},
    },
};

/// Events read in one go.
const EVENTS_AT_ONCE: u64 = 5000;

/// How the index is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSummary {
    /// None where there is no index yet.
    pub index: Option<IndexGlance>,
    /// Films in the database.
    pub films: u64,
    /// Persons in the database.
    pub persons: u64,
    /// Changes that the index does not know yet; none where it will be built anew from the database.
    pub behind: Option<u64>,
    /// The rebuild that was asked for last.
    pub rebuild: Option<RebuildState>,
    /// Documents and events that could not be indexed.
    pub dead_letters: u64,
}

/// Looks at database, log and index, and takes none of them.
pub async fn summarize(
    database: &Database,
    log: &EventLog,
    search: &SearchUrl,
) -> Result<IndexSummary, UpkeepError> {
    database.migrate::<Migrator>().await?;
    let read = database.read();
    let index = search::inspect(search).await?;
    let behind = match index.map(|index| index.place) {
        // What waits is read first: a change that moves on meanwhile is told of twice rather than not at all.
        Some(Place::At(place)) => {
            let waiting = outbox::waiting(database).await?;
            unread(log, place).await?.map(|unread| unread + waiting)
        }
        Some(Place::Empty) | None => None,
    };
    Ok(IndexSummary {
        index,
        films: films::count(read).await?,
        persons: persons::count(read).await?,
        behind,
        rebuild: rebuilds::latest(read).await?,
        dead_letters: dead_letters::count(read).await?,
    })
}

/// How many of the catalogue's events the log has behind a place; none where it does not know the place any more.
async fn unread(log: &EventLog, place: LogPlace) -> Result<Option<u64>, LogError> {
    let known = log.oldest().await?..=log.end().await?;
    if place.log != log.id().await? || !known.contains(&place.position) {
        return Ok(None);
    }
    let mut follower = log.follow(CatalogueEvent::TOPIC, Start::Position(place.position)).await?;
    let mut unread = 0;
    loop {
        match follower.next(EVENTS_AT_ONCE, Duration::ZERO).await?.len() {
            0 => return Ok(Some(unread)),
            read => unread += read as u64,
        }
    }
}
