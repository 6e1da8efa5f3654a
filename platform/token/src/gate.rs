//! The check of a token, from its bytes to what its bearer may do.

use std::{fmt, sync::Arc, time::Duration};

use chrono::TimeDelta;
use foldhash::fast::RandomState;
use kino_domain::{AuthEvent, Clock, PermissionSet};
use kino_engine::EventLog;
use kino_http::Problem;
use moka::sync::Cache;
use tokio_util::sync::CancellationToken;

use crate::{
    Claims, KeySource, TokenType, Visitors,
    feed::Feed,
    revocation::{RevocationSet, Revoked},
    verify::{LONGEST_TOKEN, in_time, key_id, verify},
};

/// Tokens that were verified are remembered, so that a busy viewer's is not verified at each request: so many bytes of them,
/// which are some twenty thousand tokens.
const REMEMBERED: u64 = 40 * 1024 * 1024;
/// What a token says, beside the token: reckoned, not measured.
const CLAIMS: usize = 1024;
/// Remembered no longer than this: what nobody shows any more makes room.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
/// The keys of auth are asked for this often. Auth counts on it: it publishes a key for two minutes before it signs.
const KEYS_EVERY: Duration = Duration::from_mins(1);
const KEYS_RETRY: Duration = Duration::from_secs(5);

/// What all services agree on.
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    /// The `iss` of good tokens.
    pub issuer: String,
    /// The `aud` of good tokens.
    pub audience: String,
    /// How long an access token lives.
    pub access_lifetime: TimeDelta,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a token of ours: its form, signature, issuer, audience or type is wrong.
    #[error("the token is not valid")]
    Invalid,
    /// Its time is over (or has not come).
    #[error("the token has expired")]
    Expired,
    /// Its rights are out of date.
    #[error("the token's rights have changed")]
    Stale,
    /// Its session has ended.
    #[error("the token was revoked")]
    Revoked,
    /// It cannot be checked now.
    #[error("tokens cannot be checked now")]
    Unavailable,
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid => Self::unauthorized(
                "token_invalid",
                "Токен недействителен. Войдите снова.",
                "The token is not valid. Sign in again.",
            ),
            TokenError::Expired => Self::unauthorized(
                "token_expired",
                "Срок токена истёк. Обновите его или войдите снова.",
                "The token has expired. Refresh it or sign in again.",
            ),
            TokenError::Stale => Self::unauthorized(
                "token_stale",
                "Ваши права изменились. Обновите токен.",
                "Your rights have changed. Refresh the token.",
            ),
            TokenError::Revoked => Self::unauthorized(
                "token_revoked",
                "Сеанс завершён. Войдите снова.",
                "The session has ended. Sign in again.",
            ),
            TokenError::Unavailable => Self::unavailable(
                "tokens_unverifiable",
                "Токены сейчас не проверить. Повторите запрос чуть позже.",
                "Tokens cannot be checked now. Try again shortly.",
                2,
            ),
        }
    }
}

/// Checks tokens. Clones share what they remember.
#[derive(Clone, Debug)]
pub struct TokenGate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keys: KeySource,
    feed: Feed,
    revocations: RevocationSet,
    visitors: Visitors,
    verified: Cache<Tail, Verified, RandomState>,
    policy: TokenPolicy,
    clock: Clock,
}

/// The end of a token, which is of its signature: tokens that differ end differently, as good as always.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Tail([u8; 32]);

impl Tail {
    fn of(token: &str) -> Option<Self> {
        token.as_bytes().last_chunk().map(|tail| Self(*tail))
    }
}

/// Without itself: it is of a secret.
impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tail")
    }
}

/// A token whose signature was verified.
#[derive(Clone)]
struct Verified {
    /// The whole of it: another one with the same end is not this one.
    token: Arc<str>,
    claims: Arc<Claims>,
    /// The version of the keys at the time.
    keys: u64,
}

/// Without the token, which is a secret.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("claims", &self.claims)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

impl TokenGate {
    /// A gate that trusts these keys, and no token before it [follows](Self::follow) what auth tells.
    pub fn new(keys: KeySource, visitors: Visitors, policy: TokenPolicy, clock: Clock) -> Self {
        let revocations = RevocationSet::new(clock.clone(), policy.access_lifetime);
        let verified = Cache::builder()
            .max_capacity(REMEMBERED)
            .weigher(|_, known: &Verified| u32::try_from(known.token.len() + CLAIMS).unwrap_or(u32::MAX))
            .time_to_live(REMEMBERED_FOR);
        let verified = verified.build_with_hasher(RandomState::default());
        Self(Arc::new(Inner { keys, feed: Feed::new(), revocations, visitors, verified, policy, clock }))
    }

    /// Learns what visitors may do, then follows the log of auth's events until `stop`, beginning one token lifetime
    /// ago.
    pub async fn follow(&self, log: &EventLog, stop: CancellationToken) {
        let inner = &*self.0;
        let following = async {
            inner.visitors.learn().await;
            let hear = |events: &[AuthEvent]| {
                for event in events {
                    self.apply(event);
                }
                inner.revocations.forget();
            };
            inner.feed.follow(log, || inner.revocations.horizon(), hear).await;
        };
        stop.run_until_cancelled(following).await;
    }

    /// Whether the log was heard lately, so that tokens can be judged.
    pub fn is_current(&self) -> bool {
        self.0.feed.is_current()
    }

    /// Checks an access token: genuine, in its time, not revoked.
    pub async fn check(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        match self.look_at(token).await? {
            (claims, Ok(())) => Ok(claims),
            (_, Err(Revoked::Stale)) => Err(TokenError::Stale),
            (_, Err(Revoked::Ended)) => Err(TokenError::Revoked),
        }
    }

    /// The same for what needs no right: a token whose rights have changed still says whose session it is.
    pub(crate) async fn check_even_stale(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        match self.look_at(token).await? {
            (_, Err(Revoked::Ended)) => Err(TokenError::Revoked),
            (claims, _) => Ok(claims),
        }
    }

    /// What a genuine token says, and whether it still holds.
    async fn look_at(&self, token: &str) -> Result<(Arc<Claims>, Result<(), Revoked>), TokenError> {
        let inner = &*self.0;
        if !inner.feed.is_current() {
            return Err(TokenError::Unavailable);
        }
        if token.len() > LONGEST_TOKEN {
            return Err(TokenError::Invalid);
        }
        let tail = Tail::of(token).ok_or(TokenError::Invalid)?;
        // Read before the key is found: a key that is taken out of service meanwhile does not stay trusted.
        let keys = inner.keys.version();
        let known = inner.verified.get(&tail).filter(|known| known.keys == keys && *known.token == *token);
        let claims = if let Some(verified) = known {
            verified.claims
        } else {
            // Boxed: every request carries the room for what it waits for, and most wait for nothing here.
            let claims = Arc::new(Box::pin(self.verify(token)).await?);
            inner.verified.insert(tail, Verified { token: token.into(), claims: Arc::clone(&claims), keys });
            claims
        };
        in_time(&claims, &inner.policy, inner.clock.now())?;
        let revoked = inner.revocations.check(&claims);
        Ok((claims, revoked))
    }

    /// Heeds an event at once, before the log carries it: for the service that makes the event.
    pub fn apply(&self, event: &AuthEvent) {
        self.0.revocations.apply(event);
        self.0.visitors.apply(event);
    }

    /// Keeps the keys as auth publishes them, until `stop`.
    pub async fn follow_keys(&self, stop: CancellationToken) {
        stop.run_until_cancelled(async {
            loop {
                let is_done = self.refresh_keys().await;
                tokio::time::sleep(if is_done { KEYS_EVERY } else { KEYS_RETRY }).await;
            }
        })
        .await;
    }

    /// Asks for the keys at once, for the service that changes them. Tokens of keys that are gone are refused from
    /// then on. False where no answer came: then those known so far hold.
    pub async fn refresh_keys(&self) -> bool {
        let refreshed = self.0.keys.refresh().await;
        if let Err(error) = &refreshed {
            tracing::warn!(%error, "the keys of auth cannot be fetched; going on with those known");
        }
        refreshed.is_ok()
    }

    /// What a visitor without a token may do.
    pub fn anonymous(&self) -> PermissionSet {
        self.0.visitors.permissions()
    }

    /// What all services agree on.
    pub fn policy(&self) -> &TokenPolicy {
        &self.0.policy
    }

    async fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        let kid = key_id(token, TokenType::Access)?;
        let key = self.0.keys.find(&kid).await.map_err(|error| {
            tracing::warn!(%error, "the keys of auth cannot be fetched");
            TokenError::Unavailable
        })?;
        let key = key.ok_or(TokenError::Invalid)?;
        verify(token, TokenType::Access, &key.key, key.algorithm, &self.0.policy)
    }
}
