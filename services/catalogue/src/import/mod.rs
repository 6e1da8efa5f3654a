//! Importing films from JSON lines, plain or gzip.
//!
//! Films go in by batches, each in one transaction with its events, so an interrupted import leaves whole films and a
//! second run finishes the work: a line that was imported before and has not changed changes nothing.

mod line;
mod reader;

use std::path::PathBuf;

use kino_domain::{AccessLevel, CatalogueEvent, Clock, Entropy};
use kino_engine::{Database, database::DbErr, outbox::Outbox};
use tokio_util::sync::CancellationToken;

pub(crate) use line::{ImportedFilm, ImportedPerson};
pub use reader::{BadLine, Lines};

use crate::store::{self, Migrator, import::Known};

/// Lines, and so films at most, in one transaction.
const BATCH: usize = 500;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Films that were not there before.
    pub added: u64,
    /// Films that were there and changed.
    pub changed: u64,
    /// Films that were there just so.
    pub unchanged: u64,
    /// Lines that were not imported, with their numbers and reasons: the first thousand.
    pub bad: Vec<BadLine>,
    /// How many lines were not imported.
    pub bad_lines: u64,
    /// Whether it was interrupted before the end.
    pub interrupted: bool,
}

/// Why an import could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The database failed.
    #[error("the catalogue's database: {0}")]
    Database(#[from] DbErr),
}

/// Puts films into a catalogue's database. A running server indexes them as they come.
#[derive(Debug)]
pub struct Importer {
    database: Database,
    outbox: Outbox,
    known: Known,
    clock: Clock,
    entropy: Entropy,
    /// For lines that do not say.
    access: AccessLevel,
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
        Ok(Self { database, outbox, known: Known::default(), clock, entropy, access })
    }

    /// Whether there is no film yet.
    pub async fn is_empty(&self) -> Result<bool, ImportError> {
        Ok(store::films::count(self.database.read()).await? == 0)
    }

    /// Imports all lines, or as many as come before `stop`. `progress` hears of every batch: bytes of the file that
    /// were read so far.
    pub async fn run(
        &mut self,
        mut lines: Lines,
        stop: &CancellationToken,
        mut progress: impl FnMut(u64, &ImportReport),
    ) -> Result<ImportReport, ImportError> {
        let mut report = ImportReport::default();
        loop {
            // Reading and unpacking blocks; it takes milliseconds a batch.
            let access = self.access;
            let (batch, rest) = tokio::task::spawn_blocking(move || {
                let batch = lines.batch(BATCH, access);
                (batch, lines)
            })
            .await
            .map_err(|error| DbErr::Custom(error.to_string()))?;
            lines = rest;
            report.bad.extend(batch.bad);
            report.bad_lines = lines.bad();
            self.put(batch.films, &mut report).await?;
            progress(lines.bytes_read(), &report);
            if batch.is_last {
                return Ok(report);
            }
            if stop.is_cancelled() {
                report.interrupted = true;
                return Ok(report);
            }
        }
    }

    async fn put(&mut self, films: Vec<ImportedFilm>, report: &mut ImportReport) -> Result<(), ImportError> {
        let tx = self.database.begin().await?;
        let outcome = store::import::put(&tx, films, &mut self.known, &self.clock, &self.entropy).await;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                // What was learnt in this transaction is not there.
                self.known = Known::default();
                return Err(error.into());
            }
        };
        let events: Vec<_> = outcome
            .written
            .iter()
            .map(|(film_id, version)| CatalogueEvent::FilmChanged { film_id: *film_id, version: *version })
            .collect();
        self.outbox.put(&tx, &events).await?;
        tx.commit().await?;
        report.added += outcome.added;
        report.changed += outcome.changed;
        report.unchanged += outcome.unchanged;
        Ok(())
    }
}
