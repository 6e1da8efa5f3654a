//! The log of auth's events, as the gate follows it, and how lately it was heard.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use kino_domain::{AuthEvent, DomainEvent as _};
use kino_engine::{
    EventLog,
    log::{Follower, LogError, Start},
};

/// With no word from the log for this long, tokens are not trusted: a revocation may have been missed.
const SILENCE: Duration = Duration::from_secs(10);
/// Asked for longer than this the log answers "nothing new", which is a word too.
const PATIENCE: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(500);
const BATCH: u64 = 1000;

/// How current the gate is.
#[derive(Debug)]
pub(crate) struct Feed {
    /// Silence is measured from here: the wall clock may be set while we wait.
    started: Instant,
    /// When the log was last heard, in milliseconds since `started`.
    heard: AtomicU64,
    caught_up: AtomicBool,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), heard: AtomicU64::new(0), caught_up: AtomicBool::new(false) }
    }

    /// Whether the log was heard lately.
    pub(crate) fn is_current(&self) -> bool {
        let silence = self.uptime().saturating_sub(self.heard.load(Ordering::Acquire));
        self.caught_up.load(Ordering::Acquire) && Duration::from_millis(silence) < SILENCE
    }

    /// Follows the log for good, beginning at `since`. `hear` is told of all events in order, and of silence by an
    /// empty list.
    pub(crate) async fn follow(
        &self,
        log: &EventLog,
        since: impl Fn() -> DateTime<Utc>,
        hear: impl Fn(&[AuthEvent]),
    ) {
        let mut reading = None;
        loop {
            match self.next(log, &since, &mut reading).await {
                Ok((events, caught_up)) => {
                    hear(&events);
                    if caught_up {
                        self.caught_up.store(true, Ordering::Release);
                    }
                    self.heard.store(self.uptime(), Ordering::Release);
                }
                Err(error) => {
                    tracing::warn!(%error, "revocations cannot be read; trying again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// The next events, and whether they were all there are.
    async fn next(
        &self,
        log: &EventLog,
        since: impl Fn() -> DateTime<Utc>,
        reading: &mut Option<Follower>,
    ) -> Result<(Vec<AuthEvent>, bool), LogError> {
        let follower = match reading {
            Some(follower) => follower,
            None => reading.insert(log.follow(AuthEvent::TOPIC, Start::Time(since())).await?),
        };
        // Until it has caught up it does not wait: the process is not ready before.
        let patience = if self.caught_up.load(Ordering::Acquire) { PATIENCE } else { Duration::ZERO };
        let records = follower.next(BATCH, patience).await?;
        let caught_up = records.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        let readable = records.into_iter().filter_map(|record| {
            let told =
                |error| tracing::error!(%error, id = %record.envelope.id, "an auth event cannot be read");
            record.envelope.open::<AuthEvent>().map_err(told).ok()
        });
        Ok((readable.collect(), caught_up))
    }

    fn uptime(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
