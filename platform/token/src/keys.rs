//! The keys that verify tokens: the JWKS that auth publishes, fetched every minute, and when an unknown key turns up.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{Jwk, JwkSet},
};
use kino_upstream::{Upstream, UpstreamError};
use tokio::{sync::Mutex, time::Instant};

/// Tokens with an unknown key make us look for new keys, but no more often than this: garbage is free to send.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// `alg` comes from this list and nowhere else; a published key of another family (a shared secret, say) is no key.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::RS256, Algorithm::EdDSA];

/// A key, and the one algorithm that it may be used with.
pub(crate) struct VerifyingKey {
    pub(crate) key: DecodingKey,
    pub(crate) algorithm: Algorithm,
}

/// Where verifying keys come from.
pub struct KeySource {
    auth: Upstream,
    known: RwLock<Known>,
    /// Counts the changes of what is known.
    version: AtomicU64,
    looked: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Known {
    set: JwkSet,
    keys: HashMap<String, Arc<VerifyingKey>>,
}

impl KeySource {
    /// Keys published by the auth service.
    pub fn new(auth: Upstream) -> Self {
        Self { auth, known: RwLock::default(), version: AtomicU64::new(0), looked: Mutex::default() }
    }

    /// The key with this id; asks auth when it is not known yet.
    pub(crate) async fn find(&self, kid: &str) -> Result<Option<Arc<VerifyingKey>>, UpstreamError> {
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        let mut looked = self.looked.lock().await;
        // Another caller may have fetched it while this one waited.
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        if looked.is_some_and(|at| at.elapsed() < LOOK_AGAIN) {
            return Ok(None);
        }
        self.fetch(&mut looked).await?;
        Ok(self.known(kid))
    }

    /// Asks auth for its keys. Those known so far hold until the answer is there, and beyond where none comes.
    pub(crate) async fn refresh(&self) -> Result<(), UpstreamError> {
        let mut looked = self.looked.lock().await;
        self.fetch(&mut looked).await
    }

    /// Another number after each change of the keys: what was verified under an earlier one is verified again.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn known(&self, kid: &str) -> Option<Arc<VerifyingKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys.get(kid).cloned()
    }

    async fn fetch(&self, looked: &mut Option<Instant>) -> Result<(), UpstreamError> {
        let set: JwkSet = self.auth.get("/auth/.well-known/jwks.json").send().await?.json()?;
        *looked = Some(Instant::now());
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.set != set {
            let keys = set.keys.iter().filter_map(verifying).collect();
            *known = Known { set, keys };
            self.version.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }
}

fn verifying(jwk: &Jwk) -> Option<(String, Arc<VerifyingKey>)> {
    let kid = jwk.common.key_id.clone()?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    let algorithm = ALGORITHMS.into_iter().find(|algorithm| algorithm.family() == key.family())?;
    Some((kid, Arc::new(VerifyingKey { key, algorithm })))
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeySource")
    }
}
