//! The keys that verify tokens: the JWKS that auth publishes, fetched when needed.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jsonwebtoken::{Algorithm, DecodingKey, jwk::JwkSet};
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
#[derive(Clone)]
pub struct KeySource {
    auth: Upstream,
    known: Arc<RwLock<HashMap<String, Arc<VerifyingKey>>>>,
    looked: Arc<Mutex<Option<Instant>>>,
}

impl KeySource {
    /// Keys published by the auth service.
    pub fn new(auth: Upstream) -> Self {
        Self { auth, known: Arc::default(), looked: Arc::default() }
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
        self.fetch().await?;
        *looked = Some(Instant::now());
        Ok(self.known(kid))
    }

    fn known(&self, kid: &str) -> Option<Arc<VerifyingKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    async fn fetch(&self) -> Result<(), UpstreamError> {
        let set: JwkSet = self.auth.get("/auth/.well-known/jwks.json").send().await?.json()?;
        let keys = set
            .keys
            .iter()
            .filter_map(|jwk| {
                let kid = jwk.common.key_id.clone()?;
                let key = DecodingKey::from_jwk(jwk).ok()?;
                let algorithm =
                    ALGORITHMS.into_iter().find(|algorithm| algorithm.family() == key.family())?;
                Some((kid, Arc::new(VerifyingKey { key, algorithm })))
            })
            .collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeySource")
    }
}
