//! What happens around every request of a service: its id, its log line, its metrics, its deadline, and the writing
//! of problems.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::HttpBody as _,
    extract::{DefaultBodyLimit, Request},
    response::Response,
};
use futures::{FutureExt as _, future::Map};
use http::{HeaderValue, StatusCode, header};
use kino_domain::{Clock, Entropy};
use tower::{Layer, Service};

use crate::{
    Problem, RequestId,
    answering::{About, Answering},
    request_id::{HEADER as REQUEST_ID, InRequest},
};

/// The largest body that a route takes unless it says otherwise, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Wraps the router of `service` in the rules of the house.
pub fn house_rules(service: &'static str, router: Router, clock: Clock, entropy: Entropy) -> Router {
    router.method_not_allowed_fallback(method_not_allowed).layer(House { service, clock, entropy })
}

/// All rules in one layer: every layer costs every request some allocations. Without an `Arc`: a service is cloned for each
/// request, and a count that all processors change is waited for.
#[derive(Clone)]
struct House {
    service: &'static str,
    clock: Clock,
    entropy: Entropy,
}

#[derive(Clone)]
struct Housed<S> {
    house: House,
    inner: S,
}

impl<S> Layer<S> for House {
    type Service = Housed<S>;

    fn layer(&self, inner: S) -> Housed<S> {
        Housed { house: self.clone(), inner }
    }
}

impl<S> Service<Request> for Housed<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Map<InRequest<Answering<S::Future>>, WithHeaders>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let House { service, clock, entropy } = &self.house;
        let id = RequestId::of(request.headers(), clock, entropy);
        let about = About::of(&request, service);
        // Most requests have no body to be limited.
        if !request.body().is_end_stream() {
            DefaultBodyLimit::max(BODY_LIMIT).apply(&mut request);
        }
        id.scope(Answering::new(self.inner.call(request), about)).map(with_headers)
    }
}

type WithHeaders = fn((Response, RequestId)) -> Result<Response, Infallible>;

/// Says what every answer says.
#[expect(clippy::unnecessary_wraps, reason = "a service may fail, this one does not")]
fn with_headers((mut response, id): (Response, RequestId)) -> Result<Response, Infallible> {
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID.clone(), id.into_header());
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("accept-language, authorization"));
    // What says nothing of itself is for this caller and this moment.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Этот адрес не отвечает на такой метод; какие он знает, сказано в Allow.",
        "This address does not answer to that method; Allow says which it knows.",
    )
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::get};
    use tower::ServiceExt as _;

    use super::*;

    /// Whoever asks why names the id, which the log has too.
    #[tokio::test]
    async fn every_problem_tells_the_id_of_its_request() {
        let refused = async || Problem::not_found("film_not_found", "Нет.", "No.");
        let panicking = async || -> () { panic!("on purpose") };
        let router = Router::new().route("/refused", get(refused)).route("/panicking", get(panicking));
        let router = house_rules("test", router, Clock::system(), Entropy::system());
        for (method, path, code) in [
            ("GET", "/refused", "film_not_found"),
            ("GET", "/panicking", "internal_error"),
            ("POST", "/refused", "method_not_allowed"),
        ] {
            let request = Request::builder().method(method).uri(path).header(&REQUEST_ID, "asked-1");
            let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.headers()[&REQUEST_ID], "asked-1");
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&problem["code"], &problem["request_id"]), (&code.into(), &"asked-1".into()));
        }
    }
}
