//! What has been revoked: a set in memory that follows the event log.

use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use kino_domain::{AuthEvent, Clock, DomainEvent as _, InvalidationReason, SessionId, UserId};
use kino_engine::{
    EventLog,
    log::{Follower, LogError, Start},
};
use tokio_util::sync::CancellationToken;

use crate::Claims;

/// With no word from the log for this long, tokens are not trusted: a revocation may have been missed.
const SILENCE: Duration = Duration::from_secs(10);
/// Asked for longer than this the log answers "nothing new", which is a word too.
const PATIENCE: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(500);
const BATCH: u64 = 1000;
/// Clocks of two machines may differ; entries are kept, and history replayed, this much longer.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// Why a token no longer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revoked {
    /// Its rights changed since; a refresh brings the new ones.
    Stale,
    /// Its session or all sessions of its user ended.
    Ended,
}

/// The sessions that ended, and the moments before which users' tokens do not hold. Entries are dropped when the last
/// access token that they could refuse has expired.
#[derive(Debug)]
pub struct RevocationSet {
    sessions: RwLock<HashMap<SessionId, DateTime<Utc>>>,
    users: RwLock<HashMap<UserId, Invalidation>>,
    /// Silence is measured from here: the wall clock may be set while we wait.
    started: Instant,
    /// When the log was last heard, in milliseconds since `started`.
    heard: AtomicU64,
    caught_up: AtomicBool,
    clock: Clock,
    /// How long an access token lives.
    lifetime: TimeDelta,
}

#[derive(Clone, Copy, Debug)]
struct Invalidation {
    stale_before: DateTime<Utc>,
    ended_before: DateTime<Utc>,
    noted_at: DateTime<Utc>,
}

impl RevocationSet {
    /// An empty set for access tokens of this lifetime.
    pub fn new(clock: Clock, lifetime: TimeDelta) -> Self {
        Self {
            sessions: RwLock::default(),
            users: RwLock::default(),
            started: Instant::now(),
            heard: AtomicU64::new(0),
            caught_up: AtomicBool::new(false),
            clock,
            lifetime,
        }
    }

    /// Follows the log until `stop`, beginning one token lifetime ago.
    pub async fn follow(&self, log: &EventLog, stop: CancellationToken) {
        stop.run_until_cancelled(async {
            let mut reading = None;
            loop {
                if let Err(error) = self.step(log, &mut reading).await {
                    tracing::warn!(%error, "revocations cannot be read; trying again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        })
        .await;
    }

    async fn step(&self, log: &EventLog, reading: &mut Option<Follower>) -> Result<(), LogError> {
        if reading.is_none() {
            let since = self.clock.now() - self.lifetime - MARGIN;
            *reading = Some(log.follow(AuthEvent::TOPIC, Start::Time(since)).await?);
        }
        let Some(follower) = reading else { return Ok(()) };
        // Until it has caught up it does not wait: the process is not ready before.
        let patience = if self.caught_up.load(Ordering::Acquire) { PATIENCE } else { Duration::ZERO };
        let records = follower.next(BATCH, patience).await?;
        let caught_up = records.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        for record in records {
            match record.envelope.open::<AuthEvent>() {
                Ok(event) => self.apply(&event),
                Err(error) => {
                    tracing::error!(%error, id = %record.envelope.id, "an auth event cannot be read");
                }
            }
        }
        if caught_up {
            self.caught_up.store(true, Ordering::Release);
        }
        self.heard.store(self.uptime(), Ordering::Release);
        self.forget();
        Ok(())
    }

    /// Notes an event. Events may come twice and the auth service notes its own at once, before the log carries them.
    pub fn apply(&self, event: &AuthEvent) {
        let now = self.clock.now();
        match event {
            AuthEvent::SessionRevoked { session_id, .. } => {
                self.sessions.write().unwrap_or_else(PoisonError::into_inner).insert(*session_id, now);
            }
            AuthEvent::UserTokensInvalidBefore { user_id, before, reason } => {
                let mut users = self.users.write().unwrap_or_else(PoisonError::into_inner);
                let never = DateTime::<Utc>::MIN_UTC;
                let noted = users.entry(*user_id).or_insert(Invalidation {
                    stale_before: never,
                    ended_before: never,
                    noted_at: now,
                });
                noted.noted_at = now;
                let bound = match reason {
                    InvalidationReason::RightsChanged => &mut noted.stale_before,
                    InvalidationReason::SignedOut => &mut noted.ended_before,
                };
                *bound = (*bound).max(*before);
            }
            AuthEvent::UserRegistered { .. }
            | AuthEvent::SignedInFromNewDevice { .. }
            | AuthEvent::UserChanged { .. }
            | AuthEvent::UserErased { .. }
            | AuthEvent::RoleChanged { .. }
            | AuthEvent::Unknown => {}
        }
    }

    /// Whether a genuine token still holds.
    pub(crate) fn check(&self, claims: &Claims) -> Result<(), Revoked> {
        if self.sessions.read().unwrap_or_else(PoisonError::into_inner).contains_key(&claims.session_id) {
            return Err(Revoked::Ended);
        }
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        let Some(invalidation) = users.get(&claims.user_id) else { return Ok(()) };
        let issued = claims.issued_at();
        if issued < invalidation.ended_before.trunc_subsecs(3) {
            return Err(Revoked::Ended);
        }
        if issued < invalidation.stale_before.trunc_subsecs(3) {
            return Err(Revoked::Stale);
        }
        Ok(())
    }

    /// Whether the log was heard lately, so that the set can be trusted.
    pub fn is_current(&self) -> bool {
        let silence = self.uptime().saturating_sub(self.heard.load(Ordering::Acquire));
        self.caught_up.load(Ordering::Acquire) && Duration::from_millis(silence) < SILENCE
    }

    fn uptime(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn forget(&self) {
        let oldest = self.clock.now() - self.lifetime - MARGIN;
        self.sessions.write().unwrap_or_else(PoisonError::into_inner).retain(|_, noted| *noted > oldest);
        self.users
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, invalidation| invalidation.noted_at > oldest);
    }
}
