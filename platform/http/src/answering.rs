//! A request while it is answered: by its deadline, without a panic, measured and told of in the log.
//!
//! The future is written by hand. As async blocks, one in another, it was four times as large, and moved from each into the next,
//! at every request.

use std::{
    any::Any,
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    extract::{MatchedPath, Request},
    response::{IntoResponse as _, Response},
};
use http::{Method, Uri, header};
use kino_domain::Language;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use crate::{Problem, RequestId, RequestLanguage, measure::measure};

/// How long a handler may take until it begins to answer.
const DEADLINE: Duration = Duration::from_secs(30);

/// In the extensions of a response: whoever made it tells of the failure, once. In the log the answer itself is no news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldApart;

/// What is remembered of a request until it is answered.
pub(crate) struct About {
    service: &'static str,
    started: Instant,
    language: Language,
    method: Method,
    uri: Uri,
    /// The route's pattern, not its path: ids would make a metric of every film.
    route: Option<MatchedPath>,
}

impl About {
    pub(crate) fn of(request: &Request, service: &'static str) -> Self {
        Self {
            service,
            started: Instant::now(),
            language: RequestLanguage::of(request.headers()),
            method: request.method().clone(),
            uri: request.uri().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
        }
    }

    /// Measures and tells what was answered.
    fn tell(&self, response: &Response) {
        let (status, elapsed) = (response.status(), self.started.elapsed());
        measure(self.service, &self.method, self.route.as_ref(), status, elapsed);
        let Self { service, method, .. } = self;
        let (path, ms) = (self.uri.path(), elapsed.as_secs_f64() * 1000.0);
        if status.is_server_error() && response.extensions().get::<ToldApart>().is_none() {
            tracing::warn!(service, %method, path, status = status.as_u16(), ms, "answered");
        } else {
            tracing::debug!(service, %method, path, status = status.as_u16(), ms, "answered");
        }
    }
}

pin_project! {
    /// A handler at work.
    pub(crate) struct Answering<F> {
        #[pin]
        handler: F,
        deadline: Deadline,
        about: About,
    }
}

impl<F> Answering<F> {
    pub(crate) fn new(handler: F, about: About) -> Self {
        Self { handler, deadline: Deadline::at(about.started + DEADLINE), about }
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answering<F> {
    type Output = Response;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let this = self.project();
        // What panics is not asked again.
        let response = match catch_unwind(AssertUnwindSafe(|| this.handler.poll(context))) {
            Ok(Poll::Ready(Ok(response))) => response,
            Ok(Poll::Pending) => {
                ready!(this.deadline.poll(context));
                deadline_exceeded().into_response()
            }
            Err(panic) => panicked(&*panic).into_response(),
        };
        let response = write_problem(response, this.about.language);
        this.about.tell(&response);
        Poll::Ready(response)
    }
}

/// Until when an answer is waited for. Most requests are answered at once, and make no timer.
struct Deadline {
    at: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    const fn at(at: Instant) -> Self {
        Self { at, timer: None }
    }

    /// Ready when it has passed.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(self.at)));
        timer.as_mut().poll(context)
    }
}

/// Writes the body of a problem, and turns the bare refusals of the router into problems.
fn write_problem(mut response: Response, language: Language) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() else { return response };
    let mut rendered = problem.render(language, RequestId::current().as_ref().map_or("-", RequestId::as_str));
    // The router says which methods there are.
    let allow = response.headers_mut().remove(header::ALLOW).map(|allow| (header::ALLOW, allow));
    rendered.headers_mut().extend(allow);
    rendered
}

fn deadline_exceeded() -> Problem {
    Problem::unavailable(
        "deadline_exceeded",
        "Ответ занял слишком много времени. Повторите запрос чуть позже.",
        "The answer took too long. Try again shortly.",
        5,
    )
}

fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("(no message)");
    Problem::internal(&format!("a handler panicked: {message}"))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use tokio::sync::oneshot;

    use super::*;

    /// How a handler that may take until `deadline` is answered for.
    async fn answer(
        deadline: Instant,
        handler: impl Future<Output = Result<Response, Infallible>>,
    ) -> Response {
        let about = About::of(&Request::default(), "test");
        Answering { handler, deadline: Deadline::at(deadline), about }.await
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_hours(1)
    }

    async fn code(response: Response) -> String {
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        problem["code"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn an_answer_that_is_there_is_not_late() {
        let response = answer(Instant::now(), async { Ok(StatusCode::CREATED.into_response()) }).await;
        assert_eq!(response.status(), StatusCode::CREATED);
    }

    #[tokio::test]
    async fn an_answer_is_waited_for() {
        let (answered, waiting) = oneshot::channel();
        let handler = async { Ok(waiting.await.unwrap()) };
        let answering = async {
            // When it has been waited for.
            tokio::task::yield_now().await;
            answered.send(StatusCode::CREATED.into_response()).unwrap();
        };
        let (response, ()) = tokio::join!(answer(later(), handler), answering);
        assert_eq!(response.status(), StatusCode::CREATED);
    }

    #[tokio::test]
    async fn what_comes_too_late_is_not_waited_for() {
        let answering = answer(Instant::now() + Duration::from_millis(20), std::future::pending());
        let mut answering = std::pin::pin!(answering);
        assert!(futures::poll!(&mut answering).is_pending(), "it is waited for until then");
        let response = answering.await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        assert_eq!(code(response).await, "deadline_exceeded");
    }

    #[test]
    fn a_handler_has_half_a_minute() {
        let about = About::of(&Request::default(), "test");
        let started = about.started;
        assert_eq!(Answering::new((), about).deadline.at, started + Duration::from_secs(30));
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let response = answer(later(), async { panic!("a secret") }).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(code(response).await, "internal_error");
    }
}
