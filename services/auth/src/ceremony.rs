//! Ceremonies under way: what a browser's answer will be checked against is kept in the cache, for five minutes and for
//! one answer. It is encrypted and bound to its ceremony: who can write to the cache alone cannot make up one.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kino_domain::UserId;
use kino_engine::cache::CacheError;
use kino_http::Problem;

use crate::Auth;

const LIFETIME: Duration = Duration::from_mins(5);
const PURPOSE: &str = "passkey ceremony";
/// Bytes of randomness in an id.
const ID_BYTES: usize = 16;

/// What a ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ceremony {
    /// A passkey for this account.
    Registration(UserId),
    /// A sign-in of whoever has a passkey.
    SignIn,
}

impl Ceremony {
    /// What the state is bound to.
    fn binding(self, id: &str) -> String {
        match self {
            Self::Registration(user_id) => format!("registration:{user_id}:{id}"),
            Self::SignIn => format!("sign-in:{id}"),
        }
    }
}

fn gone() -> Problem {
    Problem::not_found(
        "ceremony_not_found",
        "Время вышло, или ответ уже был принят. Начните заново.",
        "The time is up, or an answer was taken already. Begin anew.",
    )
}

impl Auth {
    /// Keeps the state of a ceremony that begins; the id that the answer comes back with.
    pub(crate) async fn keep_ceremony(&self, ceremony: Ceremony, state: &[u8]) -> Result<String, CacheError> {
        let id = URL_SAFE_NO_PAD.encode(self.entropy.bytes::<ID_BYTES>());
        let sealed = self.secrets.encrypt(PURPOSE, ceremony.binding(&id).as_bytes(), state);
        self.cache.set(&place(&id), &sealed, LIFETIME).await?;
        Ok(id)
    }

    /// The state of a ceremony, once.
    pub(crate) async fn take_ceremony(&self, ceremony: Ceremony, id: &str) -> Result<Vec<u8>, Problem> {
        if !URL_SAFE_NO_PAD.decode(id).is_ok_and(|bytes| bytes.len() == ID_BYTES) {
            return Err(gone());
        }
        let sealed = self.cache.take(&place(id)).await?.ok_or_else(gone)?;
        self.secrets.decrypt(PURPOSE, ceremony.binding(id).as_bytes(), &sealed).ok_or_else(gone)
    }
}

fn place(id: &str) -> String {
    format!("auth:ceremony:{id}")
}
