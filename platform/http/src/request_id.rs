//! The name of a request, in answers and logs of every process that it passes.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderName, request::Parts};
use kino_domain::{Clock, Entropy};

/// `X-Request-Id`.
pub(crate) static HEADER: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 128;

/// A request's id: the caller's, when it is sane, else a new UUID.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    pub(crate) fn of(headers: &HeaderMap, clock: &Clock, entropy: &Entropy) -> Self {
        let given = headers.get(&HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_sane(id));
        Self(given.map_or_else(|| entropy.uuid_v7(clock.now()).to_string().into(), Into::into))
    }
}

/// Short, and of characters that cannot break a log line.
fn is_sane(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= LONGEST
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(&byte))
}

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self("-".into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_ids_are_replaced() {
        let (clock, entropy) = (Clock::system(), Entropy::seeded(1));
        let id = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(&HEADER, value.parse().unwrap());
            RequestId::of(&headers, &clock, &entropy).0.to_string()
        };
        assert_eq!(id("abc-123_x.y"), "abc-123_x.y");
        for odd in ["", "a b", "<script>", "x\"y", &"x".repeat(129)] {
            assert_eq!(id(odd).len(), 36, "{odd:?}");
        }
    }
}
