//! Keeps the index in step with the database, by following the event log.

use std::{
    collections::{BTreeSet, HashSet},
    time::{Duration, Instant},
};

use kino_domain::{CatalogueEvent, DomainEvent as _, FilmId, PersonId};
use kino_engine::log::{Follower, LogError, Position, Record, Start};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Catalogue,
    search::{Batch, IndexError, LogPlace, Place},
    store::{films, persons},
};

/// Events taken in one go, and so films in one commit.
const EVENTS_AT_ONCE: u64 = 5000;
/// Films read at once when the index is built.
const FILMS_AT_ONCE: u64 = 1000;
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);
/// How often an index that has nothing to do notes how far the log has come.
const NOTED_EVERY: Duration = Duration::from_hours(1);

/// Why a step failed; it is tried again.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Database(#[from] kino_engine::database::DbErr),
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Follows the log until `stop`.
pub(crate) async fn run(catalogue: Catalogue, stop: CancellationToken) {
    let checking = tokio::spawn(check(catalogue.clone(), stop.clone()));
    stop.run_until_cancelled(async {
        let mut reading = None;
        let mut noted = Instant::now();
        loop {
            if let Err(error) = step(&catalogue, &mut reading, &mut noted).await {
                tracing::warn!(%error, "the search index falls behind; trying again");
                reading = None;
                tokio::time::sleep(RETRY).await;
            }
        }
    })
    .await;
    checking.abort();
    if let Err(error) = catalogue.index.close().await {
        tracing::warn!(%error, "the search index did not close well");
    }
}

async fn step(
    catalogue: &Catalogue,
    reading: &mut Option<Reading>,
    noted: &mut Instant,
) -> Result<(), StepError> {
    let Reading { log, follower } = match reading {
        Some(reading) => reading,
        None => reading.insert(begin(catalogue).await?),
    };
    let log = *log;
    let end = catalogue.log.end().await?;
    let records = follower.next(EVENTS_AT_ONCE, PATIENCE).await?;
    if records.is_empty() {
        // Other services' events move the log on too. An index that did not note it would one day seem to have missed
        // what was forgotten, and be built anew for nothing.
        if noted.elapsed() > NOTED_EVERY && end > follower.position() {
            catalogue.index.commit(LogPlace { log, position: end }).await?;
            *noted = Instant::now();
        }
        return Ok(());
    }
    let ids: Vec<FilmId> = changed(&records).into_iter().collect();
    let read = catalogue.database.read();
    let films = films::find_many_unscoped(read, &ids).await?;
    let there: HashSet<FilmId> = films.iter().map(|film| film.id).collect();
    let gone_films: Vec<FilmId> = ids.into_iter().filter(|id| !there.contains(id)).collect();
    let credited: BTreeSet<PersonId> =
        films.iter().flat_map(|film| &film.people).map(|credit| credit.person.id).collect();
    let persons = persons::cards(read, &credited.into_iter().collect::<Vec<_>>()).await?;
    let count = films.len();
    catalogue.index.put(Batch { films, persons, gone_films, ..Batch::default() }).await?;
    catalogue.index.commit(LogPlace { log, position: follower.position() }).await?;
    tracing::debug!(films = count, "indexed");
    gauge(catalogue).await?;
    Ok(())
}

async fn gauge(catalogue: &Catalogue) -> Result<(), IndexError> {
    metrics::gauge!("kino_catalogue_index_documents").set(precise(catalogue.index.stats().await?.films));
    Ok(())
}

/// The films that events speak of, each once: the database says what they are now.
pub(super) fn changed(records: &[Record]) -> BTreeSet<FilmId> {
    records
        .iter()
        .filter_map(|record| match record.envelope.open::<CatalogueEvent>() {
            Ok(CatalogueEvent::FilmChanged { film_id, .. } | CatalogueEvent::FilmDeleted { film_id }) => {
                Some(film_id)
            }
            Ok(
                CatalogueEvent::PersonChanged { .. }
                | CatalogueEvent::PersonDeleted { .. }
                | CatalogueEvent::GenreChanged { .. }
                | CatalogueEvent::Unknown,
            ) => None,
            Err(error) => {
                tracing::error!(%error, id = %record.envelope.id, "a catalogue event cannot be read");
                None
            }
        })
        .collect()
}

/// Reading on behalf of the index.
struct Reading {
    log: Uuid,
    follower: Follower,
}

/// Goes on where the index stands; builds it where it stands nowhere that the log still knows.
async fn begin(catalogue: &Catalogue) -> Result<Reading, StepError> {
    let place = catalogue.index.place().await?;
    let log = catalogue.log.id().await?;
    let (oldest, end) = (catalogue.log.oldest().await?, catalogue.log.end().await?);
    let position = match place {
        // Before the oldest: events were forgotten. Behind the end: the log was put back to an earlier state.
        Place::At(place) if place.log == log && (oldest..=end).contains(&place.position) => place.position,
        Place::At(_) | Place::Empty => build(catalogue, log).await?,
    };
    gauge(catalogue).await?;
    let follower = catalogue.log.follow(CatalogueEvent::TOPIC, Start::Position(position)).await?;
    Ok(Reading { log, follower })
}

/// Builds the index from the database; the old one answers until the new one is whole.
async fn build(catalogue: &Catalogue, log: Uuid) -> Result<Position, StepError> {
    // What changes while films are read comes again from the log: better twice than never.
    let position = catalogue.log.end().await?;
    let mut rebuild = catalogue.index.rebuild().await?;
    let read = catalogue.database.read();
    let (mut after, mut count) = (None, 0);
    loop {
        let films = films::all_after_unscoped(read, after, FILMS_AT_ONCE).await?;
        let Some(last) = films.last() else { break };
        after = Some(last.id);
        count += films.len();
        rebuild.add(Batch { films, ..Batch::default() }).await?;
    }
    let mut after = None;
    loop {
        let persons = persons::cards_after(read, after, FILMS_AT_ONCE).await?;
        let Some(last) = persons.last() else { break };
        after = Some(last.id);
        rebuild.add(Batch { persons, ..Batch::default() }).await?;
    }
    rebuild.finish(LogPlace { log, position }).await?;
    tracing::info!(films = count, "built the search index");
    Ok(position)
}

/// Compares the checksums of a large index, off to the side.
async fn check(catalogue: Catalogue, stop: CancellationToken) {
    if let Some(Ok(false)) = stop.run_until_cancelled(catalogue.index.check()).await {
        tracing::error!("the search index is damaged on the disk; restart kino: it is made anew");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge shows fifteen digits, catalogues have nine")]
fn precise(count: u64) -> f64 {
    count as f64
}
