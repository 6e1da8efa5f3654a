//! How long a connection has been waiting for its client to ask something.
//!
//! hyper would set a timer before each request and look for its first byte at once, which costs a system call and a turn of
//! the timers' wheel at every answer. Here the moments are noted, and looked at when one might be too long ago.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use tokio::time::Instant;

/// A body that is there and no longer than this goes out at once, as far as the server is concerned.
const SHORT: u64 = 64 * 1024;
/// A request is being answered.
const ANSWERING: u64 = u64::MAX;

/// Of one connection. Clones are one and the same.
#[derive(Clone, Debug)]
pub(crate) struct Quiet(Arc<Moments>);

#[derive(Debug)]
struct Moments {
    opened: Instant,
    /// Milliseconds from the opening to the end of the last answer, or [`ANSWERING`].
    since: AtomicU64,
}

impl Quiet {
    /// A connection that was just opened.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Moments { opened: Instant::now(), since: AtomicU64::new(0) }))
    }

    /// A request has come.
    pub(crate) fn interrupt(&self) {
        self.0.since.store(ANSWERING, Ordering::Relaxed);
    }

    /// The answer is there; the quiet begins when it is gone.
    pub(crate) fn after(&self, response: Response) -> Response {
        if response.body().size_hint().exact().is_some_and(|size| size <= SHORT) {
            self.begin(Instant::now());
            return response;
        }
        response.map(|body| Body::new(Answering { body, quiet: self.clone() }))
    }

    fn begin(&self, now: Instant) {
        let since = u64::try_from(now.duration_since(self.0.opened).as_millis()).unwrap_or(0);
        self.0.since.store(since, Ordering::Relaxed);
    }

    /// Ends when it has lasted so long.
    pub(crate) async fn lasts(&self, limit: Duration) {
        while let Some(left) = self.left(limit, Instant::now()) {
            tokio::time::sleep(left).await;
        }
    }

    /// How long it may still last; none where it has lasted so long.
    fn left(&self, limit: Duration, now: Instant) -> Option<Duration> {
        let so_far = match self.0.since.load(Ordering::Relaxed) {
            ANSWERING => Duration::ZERO,
            since => now.duration_since(self.0.opened).saturating_sub(Duration::from_millis(since)),
        };
        limit.checked_sub(so_far).filter(|left| !left.is_zero())
    }
}

/// A body on its way; dropped when it is gone, or given up.
struct Answering {
    body: Body,
    quiet: Quiet,
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.quiet.begin(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(15);

    /// Seconds that are left after so many since the opening.
    fn left(quiet: &Quiet, seconds: u64) -> Option<u64> {
        let left = quiet.left(LIMIT, quiet.0.opened + Duration::from_secs(seconds));
        left.map(|left| left.as_secs())
    }

    #[test]
    fn a_client_that_asks_nothing_is_waited_for_so_long() {
        let quiet = Quiet::new();
        assert_eq!((left(&quiet, 0), left(&quiet, 14), left(&quiet, 15)), (Some(15), Some(1), None));
        quiet.interrupt();
        assert_eq!(left(&quiet, 600), Some(15), "the answer takes its time");
        quiet.begin(quiet.0.opened + Duration::from_mins(10));
        assert_eq!((left(&quiet, 600), left(&quiet, 614), left(&quiet, 615)), (Some(15), Some(1), None));
    }

    #[test]
    fn a_short_answer_is_gone_at_once_and_a_long_one_when_it_is_dropped() {
        let quiet = Quiet::new();
        let is_answering = || quiet.0.since.load(Ordering::Relaxed) == ANSWERING;
        quiet.interrupt();
        let _ = quiet.after(Response::new(Body::from("short")));
        assert!(!is_answering());
        quiet.interrupt();
        let stream = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        let response = quiet.after(Response::new(Body::from_stream(stream)));
        assert!(is_answering());
        drop(response);
        assert!(!is_answering());
    }

    #[tokio::test]
    async fn what_has_lasted_ends() {
        Quiet::new().lasts(Duration::ZERO).await;
    }
}
