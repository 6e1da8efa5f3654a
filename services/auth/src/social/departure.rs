//! What is kept of a sign-in while its viewer is away at the provider: under the hash of its `state`, encrypted, for
//! ten minutes, to be taken once.
//!
//! A sign-in must be brought back by whoever took it away. Else someone could begin one, let a victim finish it, and so
//! have the victim signed in to, or the victim's identity linked to, an account that is not the victim's. So the browser
//! that leaves carries a cookie, whose hash is kept here. A client that is no browser may go without cookies: nobody can
//! make it follow a link, and the tokens go into its hands alone. It may not link without showing whom it links to.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use kino_domain::{Entropy, SessionId, UserId};
use kino_engine::cache::CacheError;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Auth;

/// How long a viewer may be away.
pub(crate) const AWAY: TimeDelta = TimeDelta::minutes(10);
const KEPT: Duration = Duration::from_mins(10);
const PURPOSE: &str = "social departure";
/// Of secrets: states, nonces, verifiers, cookies.
const BYTES: usize = 32;

/// A sign-in under way.
#[derive(Serialize, Deserialize)]
pub(crate) struct Departure {
    pub(crate) provider: String,
    /// What the provider puts into the ID token.
    pub(crate) nonce: String,
    /// What proves to the provider that the code comes from whom it was asked by (PKCE).
    pub(crate) verifier: String,
    pub(crate) redirect_to: String,
    /// The account to link to, instead of signing in.
    pub(crate) link: Option<Link>,
    traveller: Traveller,
    until: DateTime<Utc>,
}

/// The account that a departure is to link to, and the session that asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) user_id: UserId,
    pub(crate) session_id: SessionId,
}

/// Who left.
#[derive(Serialize, Deserialize)]
pub(crate) struct Traveller {
    /// The hash of the cookie that it carries.
    cookie: String,
    is_browser: bool,
}

/// Who comes back, as far as the request tells.
#[derive(Debug)]
pub(crate) struct Returning<'a> {
    /// The cookie that it carries.
    pub(crate) cookie: Option<&'a str>,
    /// Whether it takes JSON and nothing else, and no other site's page made it ask.
    pub(crate) is_program: bool,
    /// The account whose token it shows.
    pub(crate) user_id: Option<UserId>,
}

impl Traveller {
    pub(crate) fn new(cookie: &str, is_browser: bool) -> Self {
        Self { cookie: digest(cookie), is_browser }
    }
}

impl Departure {
    pub(crate) fn new(
        provider: &str,
        redirect_to: &str,
        link: Option<Link>,
        traveller: Traveller,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Self {
        Self {
            provider: provider.to_owned(),
            nonce: secret(entropy),
            verifier: secret(entropy),
            redirect_to: redirect_to.to_owned(),
            link,
            traveller,
            until: now + AWAY,
        }
    }

    /// What the provider compares the verifier with: its SHA-256.
    pub(crate) fn challenge(&self) -> String {
        digest(&self.verifier)
    }

    /// Whether it comes back with whom it left with.
    pub(crate) fn is_brought_back_by(&self, returning: &Returning<'_>) -> bool {
        if returning.cookie.is_some_and(|cookie| digest(cookie) == self.traveller.cookie) {
            return true;
        }
        let may_link = self.link.is_none_or(|link| returning.user_id == Some(link.user_id));
        returning.is_program && !self.traveller.is_browser && may_link
    }
}

impl Auth {
    /// Keeps a departure; gives the `state` that brings it back.
    pub(crate) async fn keep_departure(&self, departure: &Departure) -> Result<String, CacheError> {
        let state = secret(&self.entropy);
        let key = digest(&state);
        let plain = serde_json::to_vec(departure).unwrap_or_default();
        let sealed = self.secrets.encrypt(PURPOSE, key.as_bytes(), &plain);
        self.cache.set(&place(&key), &sealed, KEPT).await?;
        Ok(state)
    }

    /// Takes a departure back, once; none where the state was never given, is spent, or too old.
    pub(crate) async fn take_departure(&self, state: &str) -> Result<Option<Departure>, CacheError> {
        if !is_secret(state) {
            return Ok(None);
        }
        let key = digest(state);
        let Some(sealed) = self.cache.take(&place(&key)).await? else { return Ok(None) };
        let departure = self
            .secrets
            .decrypt(PURPOSE, key.as_bytes(), &sealed)
            .and_then(|plain| serde_json::from_slice::<Departure>(&plain).ok());
        Ok(departure.filter(|departure| self.clock.now() < departure.until))
    }
}

/// A new secret: 43 characters that no URL, cookie or provider minds.
pub(crate) fn secret(entropy: &Entropy) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(entropy.bytes::<BYTES>())
}

/// Whether a text has the form of one.
pub(crate) fn is_secret(text: &str) -> bool {
    BASE64_URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == BYTES)
}

fn digest(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

fn place(key: &str) -> String {
    format!("auth:social:{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(number))
    }

    fn departure(is_browser: bool, link: Option<UserId>) -> Departure {
        let link = link.map(|user_id| Link { user_id, session_id: SessionId(uuid::Uuid::nil()) });
        let traveller = Traveller::new("cookie", is_browser);
        Departure::new("vk", "/", link, traveller, DateTime::default(), &Entropy::seeded(1))
    }

    #[test]
    fn whoever_left_with_the_cookie_may_come_back() {
        let browser = Returning { cookie: Some("cookie"), is_program: false, user_id: None };
        let stranger = Returning { cookie: Some("another"), ..browser };
        let bare = Returning { cookie: None, ..browser };
        for (is_browser, link) in [(true, None), (false, None), (true, Some(user(1))), (false, Some(user(1)))]
        {
            let departure = departure(is_browser, link);
            assert!(departure.is_brought_back_by(&browser));
            assert!(!departure.is_brought_back_by(&stranger));
            assert!(!departure.is_brought_back_by(&bare));
        }
    }

    #[test]
    fn a_program_needs_no_cookie_but_links_to_its_own_account_alone() {
        let program = Returning { cookie: None, is_program: true, user_id: None };
        assert!(departure(false, None).is_brought_back_by(&program));
        // What left with a browser comes back with it.
        assert!(!departure(true, None).is_brought_back_by(&program));
        assert!(!departure(false, Some(user(1))).is_brought_back_by(&program));
        let shown = |number| Returning { user_id: Some(user(number)), ..program };
        assert!(departure(false, Some(user(1))).is_brought_back_by(&shown(1)));
        assert!(!departure(false, Some(user(1))).is_brought_back_by(&shown(2)));
    }

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let mut departure = departure(true, None);
        // RFC 7636, appendix B.
        departure.verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        assert_eq!(departure.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn secrets_have_a_form() {
        assert!(is_secret(&secret(&Entropy::seeded(1))));
        for text in ["", "short", &"=".repeat(43), &"A".repeat(44), &"я".repeat(43)] {
            assert!(!is_secret(text), "{text}");
        }
    }
}
