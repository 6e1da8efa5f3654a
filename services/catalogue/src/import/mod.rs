//! Importing films, from our own formats and from those of others (`format.rs` lists them).
//!
//! Films go in by batches, each in one transaction with its events, so an interrupted import leaves whole films and a
//! second run finishes the work: a film that was imported before and has not changed changes nothing.

mod check;
mod csv;
mod encoding;
mod film;
mod format;
mod identity;
mod imdb;
mod lines;
mod practicum;
mod raw;
mod report;
mod source;
mod table;
mod text_file;
mod tmdb;

use std::{collections::HashSet, io, path::PathBuf};

use kino_domain::{AccessLevel, CatalogueEvent, Clock, Entropy, FilmId};
use kino_engine::{Database, database::DbErr, outbox::Outbox};
use sea_orm::DatabaseTransaction;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

pub(crate) use film::{ImportedFilm, ImportedGenre, ImportedPerson};
pub use format::{Format, open};
pub use lines::Lines;
pub use report::{BadRow, ImportReport, Place, Repair};
pub(crate) use source::BATCH;
pub use source::{Batch, Source};

use crate::store::{
    self, Migrator,
    import::{Known, Outcome},
    rebuilds::{self, RebuildReason, RebuildState},
};

/// Why an import could not begin, or not go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// What the file is, nobody can tell.
    #[error(
        "{0}: this is none of the formats that films can be imported from:\n{formats}\n  If it is one of them all the \
         same, say which: --format NAME",
        formats = format::listed()
    )]
    Unrecognized(PathBuf),
    /// The first line of a table cannot be read.
    #[error("{0}: its first line cannot be read: {1}")]
    Table(PathBuf, String),
    /// A table lacks a column.
    #[error("{file} has no column `{column}`; its first line names: {there}")]
    NoColumn {
        /// The name of the file.
        file: String,
        /// The column.
        column: &'static str,
        /// The columns that it has.
        there: String,
    },
    /// A folder lacks a file.
    #[error("{folder}: there is no {file}.tsv (or .csv, or either as .gz)")]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// How the file's name begins.
        file: &'static str,
    },
    /// A folder has a file twice.
    #[error("{first} and {second} are both {beginning}; leave one of them in the folder")]
    Ambiguous {
        /// One.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// How both names begin.
        beginning: &'static str,
    },
    /// Files that are read side by side are not in the same order.
    #[error(
        "{place}: {id} comes after {before}; the files of IMDb must be sorted by tconst, as they are published (sort \
         them with LC_ALL=C)"
    )]
    Unsorted {
        /// Where.
        place: Place,
        /// The id there.
        id: String,
        /// The id before it.
        before: String,
    },
    /// The database to read from cannot be opened.
    #[error("{0}: {1}")]
    Server(String, String),
    /// The database to read from has no table of films.
    #[error(
        "{0} has no table `film_work` (of the Practicum cinema; in PostgreSQL in the schema content, else add \
         ?schema=NAME to the address), and no tables `movies`, `actors`, `writers`, `movie_actors`"
    )]
    NoFilmTables(String),
    /// The database to read from failed.
    #[error("the database that is read failed: {0}")]
    Source(DbErr),
    /// The catalogue's database failed.
    #[error("the catalogue's database: {0}")]
    Database(#[from] DbErr),
    /// Reading broke off.
    #[error("reading broke off: {0}")]
    Reading(#[from] tokio::task::JoinError),
}

/// Puts films into a catalogue's database. A running server indexes them as they come.
#[derive(Debug)]
pub struct Importer {
    database: Database,
    outbox: Outbox,
    known: Known,
    /// The films of this import so far.
    met: HashSet<FilmId>,
    clock: Clock,
    entropy: Entropy,
    /// For films that do not say.
    access: AccessLevel,
    /// Whether each film is told of, so that a running server indexes it as it comes.
    is_told: bool,
}

impl Importer {
    /// An importer into this database, which is brought up to date first.
    pub async fn open(
        database: Database,
        access: AccessLevel,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, ImportError> {
        database.migrate::<Migrator>().await?;
        let outbox = Outbox::new(clock.clone(), entropy.clone());
        let (known, met) = (Known::default(), HashSet::new());
        Ok(Self { database, outbox, known, met, clock, entropy, access, is_told: true })
    }

    /// An importer that does not tell of each film, but asks for the index to be built anew, which of a million films is the
    /// quicker way. The next server to start does so, [`tell`](Self::tell) asks those that run.
    #[must_use]
    pub fn untold(self) -> Self {
        Self { is_told: false, ..self }
    }

    /// Tells the servers that run of films that went in [untold](Self::untold), by this importer or by one that was killed
    /// before it told of them; whether there are any.
    pub async fn tell(&self) -> Result<bool, ImportError> {
        let tx = self.database.begin().await?;
        let waiting = rebuilds::waiting(&tx).await?;
        if let Some(RebuildState { id, .. }) = waiting {
            self.outbox.put(&tx, &[CatalogueEvent::IndexRebuildRequested { id }]).await?;
        }
        tx.commit().await?;
        Ok(waiting.is_some())
    }

    /// Whether there is no film yet.
    pub async fn is_empty(&self) -> Result<bool, ImportError> {
        Ok(store::films::count(self.database.read()).await? == 0)
    }

    /// Imports all films, or as many as come before `stop`. `progress` hears of every batch: how much of the source was
    /// read so far.
    pub async fn run(
        &mut self,
        source: impl Source,
        stop: &CancellationToken,
        mut progress: impl FnMut(u64, &ImportReport),
    ) -> Result<ImportReport, ImportError> {
        let mut report = ImportReport::default();
        let access = self.access;
        // While one batch is written, the next is read: both take milliseconds, and reading blocks.
        let read = move |mut source| spawn_blocking(move || (Source::batch(&mut source, access), source));
        let mut reading = read(source);
        loop {
            let (batch, source) = reading.await?;
            let batch = batch?;
            let done = source.read();
            let next = (!batch.is_last).then(|| read(source));
            report.met(batch.bad, batch.repairs, batch.skipped);
            self.put(batch.films, &mut report).await?;
            progress(done, &report);
            let Some(next) = next else { return Ok(report) };
            if stop.is_cancelled() {
                report.interrupted = true;
                return Ok(report);
            }
            reading = next;
        }
    }

    async fn put(&mut self, films: Vec<ImportedFilm>, report: &mut ImportReport) -> Result<(), ImportError> {
        if films.is_empty() {
            return Ok(());
        }
        let repeated = films.iter().filter(|film| !self.met.insert(film.id)).count();
        let outcome = match self.write(films.clone()).await {
            Ok(outcome) => outcome,
            // It was written with what earlier batches had found in mind: an administrator may have deleted some of it.
            Err(error) => {
                tracing::debug!(%error, "a batch is written again, with nothing in mind");
                self.write(films).await?
            }
        };
        report.added += outcome.added;
        report.changed += outcome.changed;
        report.unchanged += outcome.unchanged;
        report.repeated += repeated as u64;
        Ok(())
    }

    /// Writes a batch, all of it or nothing; where nothing, what was known is forgotten.
    async fn write(&mut self, films: Vec<ImportedFilm>) -> Result<Outcome, DbErr> {
        // What is learnt in a transaction that fails is not there.
        let mut known = std::mem::take(&mut self.known);
        let tx = self.database.begin().await?;
        let outcome = store::import::put(&tx, films, &mut known, &self.clock, &self.entropy).await?;
        self.tell_of(&tx, &outcome).await?;
        tx.commit().await?;
        self.known = known;
        Ok(outcome)
    }

    /// Tells the servers of what was written, when it is.
    async fn tell_of(&self, tx: &DatabaseTransaction, outcome: &Outcome) -> Result<(), DbErr> {
        let films = outcome
            .written
            .iter()
            .map(|(film_id, version)| CatalogueEvent::FilmChanged { film_id: *film_id, version: *version });
        let persons =
            outcome.persons.iter().map(|person_id| CatalogueEvent::PersonChanged { person_id: *person_id });
        let events: Vec<_> = films.chain(persons).collect();
        if self.is_told {
            self.outbox.put(tx, &events).await?;
        } else if !events.is_empty() {
            // With the films: whatever ends this process now, they are not forgotten.
            let now = self.clock.now();
            rebuilds::request(tx, self.entropy.uuid_v7(now), RebuildReason::UntoldFilms, now).await?;
        }
        Ok(())
    }
}
