//! What has been revoked: a set in memory that follows the event log.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use foldhash::HashMap;
use kino_domain::{AuthEvent, Clock, InvalidationReason, SessionId, UserId};

use crate::Claims;

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

/// What is revoked. Entries are dropped when the last access token that they could refuse has expired.
#[derive(Debug)]
pub(crate) struct RevocationSet {
    /// Behind one lock: every request with a token takes it, and each taking is seen by all processors.
    noted: RwLock<Noted>,
    clock: Clock,
    /// How long an access token lives.
    lifetime: TimeDelta,
}

/// The sessions that ended, the moments before which users' tokens do not hold, and the versions of the roles that changed.
#[derive(Debug, Default)]
struct Noted {
    sessions: HashMap<SessionId, DateTime<Utc>>,
    users: HashMap<UserId, Invalidation>,
    roles: HashMap<String, Change>,
}

#[derive(Clone, Copy, Debug)]
struct Invalidation {
    stale_before: DateTime<Utc>,
    ended_before: DateTime<Utc>,
    noted_at: DateTime<Utc>,
}

/// A role that changed: tokens that rest on an older version of it do not hold.
///
/// A token carries the version that was read, in one row, with the permissions that it grants. So it does not matter
/// when it was issued, by which process, nor whether its transaction came before or after that of the change: with
/// the old permissions it has the old version.
#[derive(Clone, Copy, Debug)]
struct Change {
    version: i64,
    noted_at: DateTime<Utc>,
}

impl RevocationSet {
    /// An empty set for access tokens of this lifetime.
    pub(crate) fn new(clock: Clock, lifetime: TimeDelta) -> Self {
        Self { noted: RwLock::default(), clock, lifetime }
    }

    /// Notes an event. Events may come twice and the auth service notes its own at once, before the log carries them.
    pub(crate) fn apply(&self, event: &AuthEvent) {
        self.write().apply(event, self.clock.now());
    }

    /// Whether a genuine token still holds.
    pub(crate) fn check(&self, claims: &Claims) -> Result<(), Revoked> {
        self.read().check(claims)
    }

    /// The moment from which on events matter: whatever a token from before it would be refused for, it has expired.
    pub(crate) fn horizon(&self) -> DateTime<Utc> {
        self.clock.now() - self.lifetime - MARGIN
    }

    /// Drops what no token can be refused for any more.
    pub(crate) fn forget(&self) {
        self.write().forget(self.horizon());
    }

    fn read(&self) -> RwLockReadGuard<'_, Noted> {
        self.noted.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Noted> {
        self.noted.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    fn apply(&mut self, event: &AuthEvent, now: DateTime<Utc>) {
        match event {
            AuthEvent::SessionRevoked { session_id, .. } => {
                self.sessions.insert(*session_id, now);
            }
            AuthEvent::UserTokensInvalidBefore { user_id, before, reason } => {
                let never = DateTime::<Utc>::MIN_UTC;
                let noted = self.users.entry(*user_id).or_insert(Invalidation {
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
            AuthEvent::RoleChanged { code, version, .. } => {
                let noted =
                    self.roles.entry(code.clone()).or_insert(Change { version: *version, noted_at: now });
                *noted = Change { version: noted.version.max(*version), noted_at: now };
            }
            AuthEvent::UserRegistered { .. }
            | AuthEvent::SignedInFromNewDevice { .. }
            | AuthEvent::UserChanged { .. }
            | AuthEvent::UserErased { .. }
            | AuthEvent::Unknown => {}
        }
    }

    fn check(&self, claims: &Claims) -> Result<(), Revoked> {
        if self.sessions.contains_key(&claims.session_id) {
            return Err(Revoked::Ended);
        }
        self.check_user(claims)?;
        self.check_roles(claims)
    }

    fn check_user(&self, claims: &Claims) -> Result<(), Revoked> {
        let Some(invalidation) = self.users.get(&claims.user_id) else { return Ok(()) };
        let issued = claims.issued_at();
        if issued < invalidation.ended_before.trunc_subsecs(3) {
            return Err(Revoked::Ended);
        }
        if issued < invalidation.stale_before.trunc_subsecs(3) {
            return Err(Revoked::Stale);
        }
        Ok(())
    }

    fn check_roles(&self, claims: &Claims) -> Result<(), Revoked> {
        // Roles seldom change: mostly there is nothing to compare with.
        if self.roles.is_empty() {
            return Ok(());
        }
        let is_old = |(code, version): (&String, &i64)| {
            self.roles.get(code).is_some_and(|change| *version < change.version)
        };
        if claims.roles.iter().any(is_old) { Err(Revoked::Stale) } else { Ok(()) }
    }

    fn forget(&mut self, oldest: DateTime<Utc>) {
        self.sessions.retain(|_, noted| *noted > oldest);
        self.users.retain(|_, invalidation| invalidation.noted_at > oldest);
        self.roles.retain(|_, change| change.noted_at > oldest);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kino_domain::{Entropy, Permission, PermissionSet};
    use uuid::Uuid;

    use super::*;
    use crate::TokenType;

    const LIFETIME: TimeDelta = TimeDelta::minutes(20);

    fn set() -> (RevocationSet, Clock) {
        let clock = Clock::manual(DateTime::from_timestamp(1_790_000_000, 0).unwrap());
        (RevocationSet::new(clock.clone(), LIFETIME), clock)
    }

    /// An access token that rests on these versions of these roles.
    fn resting_on(clock: &Clock, roles: &[(&str, i64)]) -> Claims {
        let now = clock.now();
        let session_id = SessionId(Uuid::from_u128(1));
        Claims {
            iss: String::new(),
            aud: String::new(),
            sub: session_id,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
            jti: Entropy::seeded(1).uuid_v7(now),
            token_type: TokenType::Access,
            fresh: true,
            user_id: UserId(Uuid::from_u128(2)),
            session_id,
            username: "anna".to_owned(),
            user_agent: String::new(),
            role_code: String::new(),
            permissions: PermissionSet::NONE,
            roles: roles.iter().map(|(code, version)| ((*code).to_owned(), *version)).collect(),
        }
    }

    fn changed(code: &str, version: i64) -> AuthEvent {
        let permissions = [Permission::FreeFilms].into_iter().collect();
        AuthEvent::RoleChanged { code: code.to_owned(), version, permissions }
    }

    #[test]
    fn a_token_that_rests_on_an_older_version_of_a_role_is_stale() {
        let (set, clock) = set();
        let old = resting_on(&clock, &[("EDITOR", 5), ("VIEWER", 1)]);
        let newer = resting_on(&clock, &[("EDITOR", 9), ("VIEWER", 1)]);
        assert_eq!(set.check(&old), Ok(()));
        set.apply(&changed("EDITOR", 7));
        assert_eq!(set.check(&old), Err(Revoked::Stale));
        assert_eq!(set.check(&newer), Ok(()));
        assert_eq!(set.check(&resting_on(&clock, &[("EDITOR", 7)])), Ok(()), "the changed role itself");
        assert_eq!(set.check(&resting_on(&clock, &[("VIEWER", 1)])), Ok(()), "another role");
        assert_eq!(set.check(&resting_on(&clock, &[])), Ok(()), "no role");
    }

    #[test]
    fn events_that_come_late_or_twice_bring_no_old_version_back() {
        let (set, clock) = set();
        for version in [9, 7, 9] {
            set.apply(&changed("EDITOR", version));
        }
        assert_eq!(set.check(&resting_on(&clock, &[("EDITOR", 8)])), Err(Revoked::Stale));
        assert_eq!(set.check(&resting_on(&clock, &[("EDITOR", 9)])), Ok(()));
    }

    #[test]
    fn a_change_is_remembered_for_as_long_as_a_token_can_rest_on_what_was_before() {
        let (set, clock) = set();
        let old = resting_on(&clock, &[("EDITOR", 5)]);
        set.apply(&changed("EDITOR", 7));
        clock.advance(LIFETIME);
        set.forget();
        assert_eq!(set.check(&old), Err(Revoked::Stale));
        clock.advance(MARGIN);
        set.forget();
        assert!(set.read().roles.is_empty());
    }

    #[test]
    fn claims_without_roles_are_read_as_resting_on_none() {
        let (_, clock) = set();
        let mut json = serde_json::to_value(resting_on(&clock, &[("EDITOR", 5)])).unwrap();
        assert_eq!(json["roles"], serde_json::json!({"EDITOR": 5}));
        json.as_object_mut().unwrap().remove("roles");
        assert_eq!(serde_json::from_value::<Claims>(json).unwrap().roles, BTreeMap::new());
    }
}
