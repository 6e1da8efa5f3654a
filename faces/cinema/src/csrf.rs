//! Forms that only this site can send: each carries a token that a cookie repeats, and none is taken from elsewhere.
//!
//! [`Posted`] is the only way to a form's fields: holding one proves that the check ran.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    extract::{FromRequest, Request},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use cookie::{Cookie, SameSite};
use http::{HeaderMap, StatusCode, Uri, header};
use kino_domain::Entropy;
use kino_http::read_cookie;
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use crate::{Cinema, pages::trouble, visit::Visit};

const COOKIE: &str = "kino_csrf";
/// The form field that repeats the cookie.
const FIELD: &[u8] = b"csrf";
const BYTES: usize = 32;

/// The token that a visitor's forms carry.
#[derive(Clone, Debug)]
pub(crate) struct CsrfToken {
    value: String,
    /// Made for this answer: the visitor's browser does not have it yet.
    is_new: bool,
}

impl CsrfToken {
    /// The token of the visitor's cookie; a new one where there is none (or none that this site made).
    pub(crate) fn of(headers: &HeaderMap, entropy: &Entropy) -> Self {
        match read_cookie(headers, COOKIE).filter(|value| is_well_formed(value)) {
            Some(value) => Self { value, is_new: false },
            None => Self { value: BASE64_URL_SAFE_NO_PAD.encode(entropy.bytes::<BYTES>()), is_new: true },
        }
    }

    /// Whether a form that came with this request's cookie and `given` was made for this visitor.
    fn admits(&self, given: &[u8]) -> bool {
        !self.is_new && verify_slices_are_equal(self.value.as_bytes(), given).is_ok()
    }

    /// The cookie to set, where the browser does not have it.
    pub(crate) fn cookie(&self, secure: bool) -> Option<Cookie<'static>> {
        self.is_new.then(|| {
            Cookie::build((COOKIE, self.value.clone()))
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(secure)
                .build()
        })
    }

    /// Keeps the token off the answer's cookies: another site's form must not be able to change it.
    pub(crate) fn withhold(&mut self) {
        self.is_new = false;
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.value
    }
}

fn is_well_formed(value: &str) -> bool {
    BASE64_URL_SAFE_NO_PAD.decode(value).is_ok_and(|bytes| bytes.len() == BYTES)
}

/// A form of this site, and the visit that brought it.
#[derive(Debug)]
pub(crate) struct Posted<T> {
    /// Who sent it.
    pub(crate) visit: Visit,
    /// Its fields.
    pub(crate) form: T,
}

impl<T: DeserializeOwned + Send> FromRequest<Cinema> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, cinema: &Cinema) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let mut visit = Visit::of(&mut parts, cinema).await;
        if is_sent_from_elsewhere(&parts.headers, &parts.uri) {
            visit.csrf.withhold();
            return Err(trouble::forged_form(visit).await);
        }
        let request = Request::from_parts(parts, body);
        let body = match Bytes::from_request(request, &()).await {
            Ok(body) => body,
            Err(error) => return Err(trouble::unreadable_form(visit, error.status()).await),
        };
        let given = form_urlencoded::parse(&body).find(|(name, _)| name.as_bytes() == FIELD);
        if !given.is_some_and(|(_, token)| visit.csrf.admits(token.as_bytes())) {
            return Err(trouble::forged_form(visit).await);
        }
        match read(&body) {
            Some(form) => Ok(Self { visit, form }),
            None => Err(trouble::unreadable_form(visit, StatusCode::BAD_REQUEST).await),
        }
    }
}

/// The fields of a form, by name; of a name that is repeated, the first.
fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let mut fields = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields.entry(name).or_insert_with(|| value.into());
    }
    serde_json::from_value(fields.into()).ok()
}

/// Whether the browser says that another site made it send this request.
fn is_sent_from_elsewhere(headers: &HeaderMap, uri: &Uri) -> bool {
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return true;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    // HTTP/2 names the host in the address itself.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(http::uri::Authority::as_str));
    let (Ok(origin), Some(host)) = (origin.to_str(), host) else { return true };
    let Ok(origin) = Url::parse(origin) else { return true };
    // Behind a proxy that ends TLS the scheme here is not the browser's; the host and the port are.
    Url::parse(&format!("{}://{host}", origin.scheme())).map_or(true, |here| here.origin() != origin.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>()
    }

    #[test]
    fn a_form_is_admitted_with_the_token_of_its_cookie_alone() {
        let entropy = Entropy::seeded(1);
        let fresh = CsrfToken::of(&HeaderMap::new(), &entropy);
        assert_eq!(fresh.as_str().len(), 43);
        let cookie = fresh.cookie(true).unwrap().to_string();
        assert_eq!(cookie, format!("kino_csrf={}; HttpOnly; SameSite=Lax; Secure; Path=/", fresh.as_str()));
        // The browser has not sent it back yet: whoever knows it did not read it from a form of this site.
        assert!(!fresh.admits(fresh.as_str().as_bytes()));

        let known =
            CsrfToken::of(&headers(&[("cookie", &format!("kino_csrf={}", fresh.as_str()))]), &entropy);
        assert!(known.cookie(true).is_none());
        assert!(known.admits(fresh.as_str().as_bytes()));
        for forged in ["", "a", &fresh.as_str()[1..], &format!("{}A", fresh.as_str())] {
            assert!(!known.admits(forged.as_bytes()), "{forged:?}");
        }
    }

    #[test]
    fn a_token_that_this_site_did_not_make_is_replaced() {
        let entropy = Entropy::seeded(1);
        for odd in ["", "x", "\"quoted\"", &"A".repeat(44)] {
            let token = CsrfToken::of(&headers(&[("cookie", &format!("kino_csrf={odd}"))]), &entropy);
            assert!(token.cookie(false).is_some(), "{odd:?}");
        }
    }

    #[test]
    fn what_another_site_sends_is_told_by_its_headers() {
        let uri = Uri::from_static("/login");
        for (pairs, elsewhere) in [
            (&[("host", "kino.example")][..], false),
            (&[("host", "kino.example"), ("origin", "https://kino.example")], false),
            (&[("host", "KINO.example:443"), ("origin", "https://kino.example")], false),
            (&[("host", "localhost:8000"), ("origin", "http://localhost:8000")], false),
            (&[("host", "kino.example"), ("sec-fetch-site", "same-origin")], false),
            (&[("host", "kino.example"), ("sec-fetch-site", "cross-site")], true),
            (&[("host", "kino.example"), ("origin", "https://evil.example")], true),
            (&[("host", "kino.example"), ("origin", "https://kino.example.evil.example")], true),
            (&[("host", "kino.example"), ("origin", "https://kino.example:8443")], true),
            (&[("host", "kino.example"), ("origin", "null")], true),
            (&[("origin", "https://kino.example")], true),
        ] {
            assert_eq!(is_sent_from_elsewhere(&headers(pairs), &uri), elsewhere, "{pairs:?}");
        }
        let over_http2 = Uri::from_static("https://kino.example/login");
        let origin = headers(&[("origin", "https://kino.example")]);
        assert!(!is_sent_from_elsewhere(&origin, &over_http2));
    }
}
