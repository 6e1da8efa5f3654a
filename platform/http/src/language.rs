//! The language of a request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use kino_domain::Language;

/// The language that the caller prefers (`Accept-Language`).
#[derive(Clone, Copy, Debug)]
pub struct RequestLanguage(pub Language);

impl RequestLanguage {
    /// The language that these headers ask for.
    pub fn of(headers: &HeaderMap) -> Language {
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map_or_else(Language::default, Language::negotiate)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Self::of(&parts.headers)))
    }
}
