//! How the index goes, and what the indexer is asked to do.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use kino_engine::log::Position;
use tokio::sync::{mpsc, oneshot};

use super::{Changes, audit::AuditReport};

/// Jobs that may wait for the indexer.
const JOBS: usize = 64;

/// What the indexer does besides following the log.
#[derive(Debug)]
pub(crate) enum Job {
    /// Indexes these anew, and answers when they are seen.
    Repair(Changes, oneshot::Sender<()>),
}

/// How the index stands to the event log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Up to where changes are indexed; none until the indexer has begun.
    pub(crate) position: Option<Position>,
    /// The end of the log when the indexer last looked.
    pub(crate) end: Position,
    /// How old the newest indexed change was when it was indexed, in milliseconds.
    pub(crate) latency_ms: Option<i64>,
    /// When something was last indexed.
    pub(crate) indexed_at: Option<DateTime<Utc>>,
}

impl Status {
    /// Positions of the log that are still to be read, when the indexer last looked.
    const fn behind(&self) -> Position {
        match self.position {
            Some(position) if position < self.end => self.end - position,
            _ => 0,
        }
    }
}

/// The indexer, as others reach it.
#[derive(Debug)]
pub(crate) struct Upkeep {
    jobs: mpsc::Sender<Job>,
    /// Taken by the indexer.
    waiting: Mutex<Option<mpsc::Receiver<Job>>>,
    status: Mutex<Status>,
    audit: Mutex<Option<AuditReport>>,
    letters: AtomicU64,
    /// One audit at a time.
    pub(super) auditing: tokio::sync::Mutex<()>,
}

impl Upkeep {
    pub(crate) fn new() -> Self {
        let (jobs, waiting) = mpsc::channel(JOBS);
        Self {
            jobs,
            waiting: Mutex::new(Some(waiting)),
            status: Mutex::default(),
            audit: Mutex::default(),
            letters: AtomicU64::new(0),
            auditing: tokio::sync::Mutex::default(),
        }
    }

    /// The jobs, for the indexer; none when it has taken them already.
    pub(crate) fn take_jobs(&self) -> Option<mpsc::Receiver<Job>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Hands a job to the indexer; false where it has ended.
    pub(crate) async fn ask(&self, job: Job) -> bool {
        self.jobs.send(job).await.is_ok()
    }

    pub(crate) fn status(&self) -> Status {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how the index stands now, for those who ask and for the metrics.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Status)) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut status);
        #[expect(clippy::cast_precision_loss, reason = "a gauge shows fifteen digits")]
        metrics::gauge!("kino_catalogue_index_lag_events").set(status.behind() as f64);
        if let Some(latency) = status.latency_ms {
            #[expect(clippy::cast_precision_loss, reason = "a gauge shows fifteen digits")]
            metrics::gauge!("kino_catalogue_index_latency_seconds").set(latency as f64 / 1000.0);
        }
    }

    pub(crate) fn last_audit(&self) -> Option<AuditReport> {
        *self.audit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note_audit(&self, report: AuditReport) {
        *self.audit.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    pub(crate) fn has_letters(&self) -> bool {
        self.letters.load(Ordering::Acquire) > 0
    }

    pub(super) fn note_letters(&self, count: u64) {
        self.letters.store(count, Ordering::Release);
        #[expect(clippy::cast_precision_loss, reason = "a gauge shows fifteen digits")]
        metrics::gauge!("kino_catalogue_dead_letters").set(count as f64);
    }
}
