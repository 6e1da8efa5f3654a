//! A whole index, made from the database beside the one in use.

use kino_engine::log::Position;
use uuid::Uuid;

use super::{Changes, UpkeepError, changes::Pieces, everything::Everything};
use crate::{
    Catalogue,
    search::{Batch, LogPlace, Rebuild, Rejected},
    store::rebuilds,
};

/// Films or persons read at once.
const PAGE: u64 = 1000;
/// Pages that wait to be indexed: reading and indexing go side by side.
const PAGES_AHEAD: usize = 4;
const EVENTS_AT_ONCE: u64 = 5000;

/// An index that is nearly whole: what changed since it was begun is still to come.
pub(crate) struct Built {
    made: Box<dyn Rebuild>,
    log: Uuid,
    /// Where the log stood when it was begun.
    since: Position,
    rejected: Vec<Rejected>,
    pub(crate) documents: u64,
}

/// Builds an index; `progress` hears how many documents it holds.
pub(crate) async fn build(
    catalogue: &Catalogue,
    mut progress: impl FnMut(u64),
) -> Result<Built, UpkeepError> {
    let log = catalogue.log.id().await?;
    // What changes while films are read comes again from the log: better twice than never.
    let since = catalogue.log.end().await?;
    let request = rebuilds::latest(catalogue.database.read()).await?;
    let mut made = catalogue.index.rebuild().await?;
    if let Some(request) = request {
        made.after(request.id);
    }
    let (pages, mut waiting) = tokio::sync::mpsc::channel(PAGES_AHEAD);
    let reading = tokio::spawn(read(catalogue.clone(), pages));
    let (mut rejected, mut documents) = (Vec::new(), 0);
    while let Some(batch) = waiting.recv().await {
        documents += (batch.films.len() + batch.persons.len()) as u64;
        rejected.extend(made.add(batch).await?);
        progress(documents);
    }
    // A reader that failed has closed the channel too.
    reading.await.map_err(|_| UpkeepError::Ended)??;
    Ok(Built { made, log, since, rejected, documents })
}

impl Built {
    /// Adds what changed meanwhile and puts the index into use; up to where it knows the log.
    pub(crate) async fn put_into_use(mut self, catalogue: &Catalogue) -> Result<Position, UpkeepError> {
        use kino_domain::{CatalogueEvent, DomainEvent as _};
        let start = kino_engine::log::Start::Position(self.since);
        let mut follower = catalogue.log.follow(CatalogueEvent::TOPIC, start).await?;
        loop {
            let records = follower.next(EVENTS_AT_ONCE, std::time::Duration::ZERO).await?;
            if records.is_empty() {
                break;
            }
            // Those that cannot be read were kept when the index in use came by them.
            let (changes, _) = Changes::of(records);
            let read = catalogue.database.read();
            let mut pieces = Pieces::of(&changes, read).await?;
            while let Some(batch) = pieces.next(read).await? {
                self.rejected.extend(self.made.put(batch).await?);
            }
        }
        let position = follower.position();
        self.rejected.extend(self.made.finish(LogPlace { log: self.log, position }).await?);
        catalogue.keep_rejected(self.rejected).await?;
        Ok(position)
    }
}

/// Reads everything, page by page.
async fn read(catalogue: Catalogue, pages: tokio::sync::mpsc::Sender<Batch>) -> Result<(), UpkeepError> {
    let mut everything = Everything::default();
    while let Some(batch) = everything.next(catalogue.database.read(), PAGE).await? {
        if pages.send(batch).await.is_err() {
            break;
        }
    }
    Ok(())
}
