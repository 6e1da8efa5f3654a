//! Keeps the index in step with the database: follows the event log, mends what an audit finds, builds the index anew
//! when it must or when it is asked to.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use kino_domain::{CatalogueEvent, DomainEvent as _};
use kino_engine::log::{Follower, Position, Record, Start};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Catalogue,
    search::{DocumentKind, IndexError, LogPlace, Place, Rejected},
    store::rebuilds,
    upkeep::{
        Changes, Job, UpkeepError,
        builder::{self, Built},
        changes::Pieces,
        progress::noting,
    },
};

/// Events taken in one go, and so films in one commit.
const EVENTS_AT_ONCE: u64 = 5000;
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);
/// How often an index that has nothing to do notes how far the log has come.
const NOTED_EVERY: Duration = Duration::from_hours(1);
/// How often a rebuild notes how far it is.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Follows the log until `stop`.
pub(crate) async fn run(catalogue: Catalogue, stop: CancellationToken) {
    let Some(jobs) = catalogue.upkeep.take_jobs() else { return };
    let mut indexer = Indexer {
        catalogue: catalogue.clone(),
        jobs,
        reading: None,
        mending: None,
        rebuild: None,
        given_up: None,
    };
    stop.run_until_cancelled(async {
        loop {
            if let Err(error) = indexer.step().await {
                tracing::warn!(%error, "the search index falls behind; trying again");
                indexer.reading = None;
                tokio::time::sleep(RETRY).await;
            }
        }
    })
    .await;
    if let Some(rebuild) = indexer.rebuild.take() {
        // Its request stands: the next start does it.
        rebuild.task.abort();
    }
    if let Err(error) = catalogue.index.close().await {
        tracing::warn!(%error, "the search index did not close well");
    }
}

struct Indexer {
    catalogue: Catalogue,
    jobs: mpsc::Receiver<Job>,
    reading: Option<Reading>,
    mending: Option<Mending>,
    rebuild: Option<Rebuilding>,
    /// The latest request when a rebuild failed: it is not tried again before the next start, or the next request.
    given_up: Option<Uuid>,
}

/// Reading on behalf of the index.
struct Reading {
    log: Uuid,
    follower: Follower,
    noted: Instant,
}

/// A repair under way, a piece at a time, between which changes get through.
struct Mending {
    pieces: Pieces,
    done: oneshot::Sender<()>,
}

/// A rebuild under way, beside the index in use.
struct Rebuilding {
    /// Of the request, as far as it is not ended.
    id: Option<Uuid>,
    task: JoinHandle<Result<Built, UpkeepError>>,
}

/// What there is to do next.
enum Next {
    Heed(Vec<Record>),
    Do(Job),
    Finish(Result<Built, UpkeepError>),
}

impl Indexer {
    async fn step(&mut self) -> Result<(), UpkeepError> {
        let end = self.catalogue.log.end().await?;
        // Before the engine is asked for anything: one that fails is seen to fall behind.
        self.catalogue.upkeep.note(|status| status.end = end);
        if self.reading.is_none() {
            let reading = self.reading.insert(begin(&self.catalogue).await?);
            let position = reading.follower.position();
            self.catalogue.upkeep.note(|status| {
                status.position = Some(position);
                status.end = end.max(position);
            });
            self.catalogue.count_letters().await?;
            // One that was asked for before this process started, or left unfinished when it was killed.
            self.start_rebuild().await?;
        }
        let Some(reading) = &mut self.reading else { return Ok(()) };
        let (patience, is_free) = match &self.mending {
            Some(_) => (Duration::ZERO, false),
            None => (PATIENCE, true),
        };
        let next = tokio::select! {
            records = reading.follower.next(EVENTS_AT_ONCE, patience) => Next::Heed(records?),
            Some(job) = self.jobs.recv(), if is_free => Next::Do(job),
            built = finished(&mut self.rebuild) => Next::Finish(built),
        };
        match next {
            Next::Heed(records) if records.is_empty() => match self.mending.take() {
                Some(mending) => self.mend(mending).await,
                None => self.rest(end).await,
            },
            Next::Heed(records) => self.heed(records, end).await,
            Next::Do(Job::Repair(changes, done)) => {
                let pieces = Pieces::of(&changes, self.catalogue.database.read()).await?;
                self.mending = Some(Mending { pieces, done });
                Ok(())
            }
            Next::Finish(built) => self.finish_rebuild(built).await,
        }
    }

    async fn heed(&mut self, records: Vec<Record>, end: Position) -> Result<(), UpkeepError> {
        let newest = records.iter().map(|record| record.envelope.occurred_at).max();
        let (changes, unreadable) = Changes::of(records);
        self.catalogue.keep_unreadable(unreadable).await?;
        self.index(&changes).await?;
        let now = self.catalogue.clock.now();
        let Some(reading) = &self.reading else { return Ok(()) };
        let position = reading.follower.position();
        self.catalogue.upkeep.note(|status| {
            status.position = Some(position);
            status.end = end.max(position);
            status.latency_ms = newest.map(|newest| (now - newest).num_milliseconds());
            status.indexed_at = Some(now);
        });
        measure(&self.catalogue).await?;
        if changes.rebuild { self.start_rebuild().await } else { Ok(()) }
    }

    /// Indexes the next piece of a repair; where there is no more, it is done. One that fails is given up.
    async fn mend(&mut self, mut mending: Mending) -> Result<(), UpkeepError> {
        let Some(batch) = mending.pieces.next(self.catalogue.database.read()).await? else {
            // Whoever asked may have gone.
            let _ = mending.done.send(());
            return Ok(());
        };
        let taken = batch.documents().collect();
        let rejected = self.catalogue.index.put(batch).await?;
        self.commit(taken, rejected).await?;
        self.mending = Some(mending);
        Ok(())
    }

    /// Indexes what changed.
    async fn index(&self, changes: &Changes) -> Result<(), UpkeepError> {
        let (mut taken, mut rejected) = (HashSet::new(), Vec::new());
        let read = self.catalogue.database.read();
        let mut pieces = Pieces::of(changes, read).await?;
        while let Some(batch) = pieces.next(read).await? {
            taken.extend(batch.documents());
            rejected.extend(self.catalogue.index.put(batch).await?);
        }
        self.commit(taken, rejected).await
    }

    /// Makes what was put durable, as of the position that the reader has come to.
    async fn commit(
        &self,
        mut taken: HashSet<(DocumentKind, Uuid)>,
        rejected: Vec<Rejected>,
    ) -> Result<(), UpkeepError> {
        let Some(reading) = &self.reading else { return Err(UpkeepError::Ended) };
        for refused in &rejected {
            taken.remove(&(refused.kind, refused.id));
        }
        self.catalogue.keep_rejected(rejected).await?;
        let place = LogPlace { log: reading.log, position: reading.follower.position() };
        self.catalogue.index.commit(place).await?;
        self.catalogue.settle(&taken).await
    }

    /// Nothing changed up to `end`. Other services' events move the log on too. An index that did not note it would one day
    /// seem to have missed what was forgotten, and be built anew for nothing.
    async fn rest(&mut self, end: Position) -> Result<(), UpkeepError> {
        let Some(reading) = &mut self.reading else { return Ok(()) };
        let position = reading.follower.position().max(end);
        self.catalogue.upkeep.note(|status| {
            status.position = Some(position);
            status.end = position;
        });
        if reading.noted.elapsed() > NOTED_EVERY && end > reading.follower.position() {
            self.catalogue.index.commit(LogPlace { log: reading.log, position: end }).await?;
            reading.noted = Instant::now();
        }
        // Where there was an index and is none any more (someone deleted it), no change may come for long that finds out.
        if measure(&self.catalogue).await? { Ok(()) } else { Err(IndexError::Replaced.into()) }
    }

    /// Starts the rebuild that was asked for, unless one is under way. Of servers that have an index each, the first to build
    /// its own ends the request, and the others go by their index: whether it was built after the latest one.
    async fn start_rebuild(&mut self) -> Result<(), UpkeepError> {
        if self.rebuild.is_some() {
            return Ok(());
        }
        let (read, index) = (self.catalogue.database.read(), &self.catalogue.index);
        let wanted = rebuilds::unfinished(read).await?.map(|wanted| wanted.id);
        match wanted {
            Some(id) => {
                let total = crate::upkeep::count_documents(&self.catalogue).await?;
                self.catalogue.begin_rebuild(id, total).await?;
            }
            None if index.is_shared() => return Ok(()),
            None => {
                let latest = rebuilds::latest(read).await?.map(|latest| latest.id);
                if latest.is_none() || latest == self.given_up || latest == index.built_after().await? {
                    return Ok(());
                }
            }
        }
        let task = tokio::spawn(build_noting(self.catalogue.clone(), wanted));
        self.rebuild = Some(Rebuilding { id: wanted, task });
        Ok(())
    }

    async fn finish_rebuild(&mut self, built: Result<Built, UpkeepError>) -> Result<(), UpkeepError> {
        let Some(Rebuilding { id, .. }) = self.rebuild.take() else { return Ok(()) };
        let outcome = match built {
            Ok(built) => {
                let documents = built.documents;
                if let Some(id) = id {
                    self.catalogue.advance_rebuild(id, documents).await?;
                }
                built.put_into_use(&self.catalogue).await.map(|_| documents)
            }
            Err(error) => Err(error),
        };
        // Whichever index is in use now knows its place.
        self.reading = None;
        let problem = match outcome {
            Ok(documents) => {
                tracing::info!(documents, "built the search index anew");
                None
            }
            Err(UpkeepError::Index(IndexError::Replaced)) => {
                tracing::info!("another process has built the search index anew meanwhile");
                None
            }
            Err(error) => {
                tracing::error!(%error, "the search index could not be built anew; the old one goes on");
                let latest = rebuilds::latest(self.catalogue.database.read()).await?;
                self.given_up = latest.map(|latest| latest.id);
                Some(error.to_string())
            }
        };
        match id {
            Some(id) => Ok(self.catalogue.end_rebuild(id, problem).await?),
            None => Ok(()),
        }
    }
}

/// Waits for the rebuild under way; for ever where there is none.
async fn finished(rebuild: &mut Option<Rebuilding>) -> Result<Built, UpkeepError> {
    match rebuild {
        Some(rebuild) => (&mut rebuild.task).await.unwrap_or(Err(UpkeepError::Ended)),
        None => std::future::pending().await,
    }
}

/// Builds, and notes how far it is for those who wait.
async fn build_noting(catalogue: Catalogue, id: Option<Uuid>) -> Result<Built, UpkeepError> {
    let Some(id) = id else { return builder::build(&catalogue, |_| ()).await };
    let note = |done| {
        let catalogue = catalogue.clone();
        async move {
            if let Err(error) = catalogue.advance_rebuild(id, done).await {
                tracing::debug!(%error, "how far the rebuild is could not be noted");
            }
        }
    };
    noting(PROGRESS_EVERY, note, |progress| builder::build(&catalogue, progress)).await
}

/// Goes on where the index stands; builds it where it stands nowhere that the log still knows.
async fn begin(catalogue: &Catalogue) -> Result<Reading, UpkeepError> {
    let place = catalogue.index.place().await?;
    let log = catalogue.log.id().await?;
    let (oldest, end) = (catalogue.log.oldest().await?, catalogue.log.end().await?);
    let position = match place {
        // Before the oldest: events were forgotten. Behind the end: the log was put back to an earlier state.
        Place::At(place) if place.log == log && (oldest..=end).contains(&place.position) => {
            catalogue.index.trust();
            place.position
        }
        Place::At(_) | Place::Empty => {
            // What was asked for before is done with it; what is asked for from here on is not.
            let asked = rebuilds::unfinished(catalogue.database.read()).await?;
            if let Some(asked) = &asked {
                catalogue.begin_rebuild(asked.id, crate::upkeep::count_documents(catalogue).await?).await?;
            }
            let built = build_noting(catalogue.clone(), asked.as_ref().map(|asked| asked.id)).await?;
            let documents = built.documents;
            let position = built.put_into_use(catalogue).await?;
            if let Some(asked) = asked {
                catalogue.advance_rebuild(asked.id, documents).await?;
                catalogue.end_rebuild(asked.id, None).await?;
            }
            tracing::info!(documents, "built the search index");
            position
        }
    };
    measure(catalogue).await?;
    let follower = catalogue.log.follow(CatalogueEvent::TOPIC, Start::Position(position)).await?;
    Ok(Reading { log, follower, noted: Instant::now() })
}

/// Tells what the index holds; whether there is one.
async fn measure(catalogue: &Catalogue) -> Result<bool, UpkeepError> {
    let held = catalogue.index.stats().await?;
    let gauge = |name, kind, value: u64| {
        #[expect(clippy::cast_precision_loss, reason = "a gauge shows fifteen digits, catalogues have nine")]
        metrics::gauge!(name, "kind" => kind).set(value as f64);
    };
    gauge("kino_catalogue_index_documents", "film", held.films);
    gauge("kino_catalogue_index_documents", "person", held.persons);
    Ok(held.is_built)
}
