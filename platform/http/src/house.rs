//! What happens around every request of a service: its id, its log line, its metrics, its deadline, and the writing
//! of problems.

use std::{
    any::Any,
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::HttpBody as _,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    response::{IntoResponse, Response},
};
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use kino_domain::{Clock, Entropy, Language};
use tokio::time::Instant;
use tower::{Layer, Service};

use crate::{Problem, RequestId, RequestLanguage, measure::measure, request_id::HEADER as REQUEST_ID};

/// The largest body that a route takes unless it says otherwise, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// How long a handler may take until it begins to answer.
const DEADLINE: Duration = Duration::from_secs(30);

/// Wraps the router of `service` in the rules of the house.
pub fn house_rules(service: &'static str, router: Router, clock: Clock, entropy: Entropy) -> Router {
    router
        .method_not_allowed_fallback(method_not_allowed)
        .layer(House { rules: Arc::new(Rules { service, clock, entropy }) })
}

struct Rules {
    service: &'static str,
    clock: Clock,
    entropy: Entropy,
}

/// All rules in one layer: every layer costs every request some allocations.
#[derive(Clone)]
struct House {
    rules: Arc<Rules>,
}

#[derive(Clone)]
struct Housed<S> {
    rules: Arc<Rules>,
    inner: S,
}

impl<S> Layer<S> for House {
    type Service = Housed<S>;

    fn layer(&self, inner: S) -> Housed<S> {
        Housed { rules: Arc::clone(&self.rules), inner }
    }
}

impl<S> Service<Request> for Housed<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let about = About::of(&request, &self.rules);
        // Most requests have no body to be limited.
        if !request.body().is_end_stream() {
            DefaultBodyLimit::max(BODY_LIMIT).apply(&mut request);
        }
        let (answering, rules) = (self.inner.call(request), Arc::clone(&self.rules));
        Box::pin(async move { Ok(answer(&rules, about, answering).await) })
    }
}

/// What is remembered of a request until it is answered.
struct About {
    started: Instant,
    id: RequestId,
    language: Language,
    method: Method,
    uri: Uri,
    /// The route's pattern, not its path: ids would make a metric of every film.
    route: Option<MatchedPath>,
}

impl About {
    fn of(request: &Request, rules: &Rules) -> Self {
        Self {
            started: Instant::now(),
            id: RequestId::of(request.headers(), &rules.clock, &rules.entropy),
            language: RequestLanguage::of(request.headers()),
            method: request.method().clone(),
            uri: request.uri().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
        }
    }
}

async fn answer(
    rules: &Rules,
    about: About,
    answering: impl Future<Output = Result<Response, Infallible>>,
) -> Response {
    let About { started, id, language, method, uri, route } = about;
    // Pinned here: it is large, and every future around it would be moved with it.
    let answering = std::pin::pin!(answering);
    let answering = async {
        let answering = AssertUnwindSafe(answering).catch_unwind();
        let response = match by_deadline(started + DEADLINE, answering).await {
            Some(Ok(Ok(response))) => response,
            Some(Err(panic)) => panicked(&*panic).into_response(),
            None => deadline_exceeded().into_response(),
        };
        let response = write_problem(response, language);
        let (status, elapsed) = (response.status(), started.elapsed());
        measure(rules.service, &method, route.as_ref(), status, elapsed);
        let (service, path, ms) = (rules.service, uri.path(), elapsed.as_secs_f64() * 1000.0);
        if status.is_server_error() {
            tracing::warn!(service, %method, path, status = status.as_u16(), ms, "answered");
        } else {
            tracing::debug!(service, %method, path, status = status.as_u16(), ms, "answered");
        }
        response
    };
    let (mut response, id) = id.scope(answering).await;

    let headers = response.headers_mut();
    headers.insert(REQUEST_ID.clone(), id.into_header());
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("accept-language, authorization"));
    // What says nothing of itself is for this caller and this moment.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

/// What comes of it; none where the deadline comes first. Most requests are answered at once, and make no timer.
async fn by_deadline<T>(deadline: Instant, answering: impl Future<Output = T>) -> Option<T> {
    let mut answering = std::pin::pin!(answering);
    let mut timer = std::pin::pin!(None);
    std::future::poll_fn(|context| {
        if let Poll::Ready(answer) = answering.as_mut().poll(context) {
            return Poll::Ready(Some(answer));
        }
        if timer.is_none() {
            timer.set(Some(tokio::time::sleep_until(deadline)));
        }
        timer.as_mut().as_pin_mut().map_or(Poll::Pending, |timer| timer.poll(context).map(|()| None))
    })
    .await
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

async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Этот адрес не отвечает на такой метод; какие он знает, сказано в Allow.",
        "This address does not answer to that method; Allow says which it knows.",
    )
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
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_waited_for_until_the_deadline() {
        let later = Instant::now() + Duration::from_hours(1);
        assert_eq!(by_deadline(later, async { 1 }).await, Some(1));
        assert_eq!(
            by_deadline(Instant::now(), async { 1 }).await,
            Some(1),
            "an answer that is there is not late"
        );
        let (answer, waiting) = oneshot::channel();
        let answering = async {
            // When it has been waited for.
            tokio::task::yield_now().await;
            answer.send(2).unwrap();
        };
        assert_eq!(tokio::join!(by_deadline(later, waiting), answering).0, Some(Ok(2)));
        assert_eq!(by_deadline(Instant::now(), std::future::pending::<()>()).await, None);
    }
}
