//! The name of a request, in answers and logs of every process that it passes.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderName, HeaderValue, request::Parts};
use kino_domain::{Clock, Entropy};
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;
use uuid::Uuid;

/// `X-Request-Id`.
pub(crate) static HEADER: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 128;

/// A request's id: the caller's, when it is sane, else a new UUID. Kept as the header that it came in and goes out as.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

tokio::task_local! {
    static CURRENT: RequestId;
}

impl RequestId {
    pub(crate) fn of(headers: &HeaderMap, clock: &Clock, entropy: &Entropy) -> Self {
        let given = headers.get(&HEADER).filter(|value| value.to_str().is_ok_and(is_sane));
        Self(given.cloned().unwrap_or_else(|| {
            let new = entropy.uuid_v7_at(clock.unix_millis());
            // A UUID is a header's text.
            HeaderValue::from_str(new.hyphenated().encode_lower(&mut Uuid::encode_buffer())).unwrap_or(NONE)
        }))
    }

    /// Its text: short, and safe in a line of a log.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("-")
    }

    /// As the header `X-Request-Id`.
    pub const fn header(&self) -> &HeaderValue {
        &self.0
    }

    /// The request that this task is at, for lines of the log.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }

    /// The work of this request; gives the id back with what comes of it.
    pub(crate) fn scope<F: Future>(self, work: F) -> InRequest<F> {
        InRequest { work: CURRENT.scope(self, work) }
    }
}

pin_project! {
    /// The work of a request, which knows its [id](RequestId::current).
    pub(crate) struct InRequest<F> {
        #[pin]
        work: TaskLocalFuture<RequestId, F>,
    }
}

impl<F: Future> Future for InRequest<F> {
    type Output = (F::Output, RequestId);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut work = self.project().work;
        let done = ready!(work.as_mut().poll(context));
        Poll::Ready((done, work.take_value().unwrap_or(RequestId(NONE))))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Of what is no request.
const NONE: HeaderValue = HeaderValue::from_static("-");

/// Short, and of characters that cannot break a log line.
fn is_sane(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= LONGEST
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(&byte))
}

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::current().unwrap_or(Self(NONE)))
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
            RequestId::of(&headers, &clock, &entropy).to_string()
        };
        assert_eq!(id("abc-123_x.y"), "abc-123_x.y");
        for odd in ["", "a b", "<script>", "x\"y", &"x".repeat(129)] {
            assert_eq!(id(odd).len(), 36, "{odd:?}");
        }
    }
}
