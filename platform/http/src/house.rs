//! What happens around every request of a service: its id, its log line, its metrics, its deadline, and the writing
//! of problems.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use kino_domain::{Clock, Entropy};
use metrics::{Label, SharedString};
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;

use crate::{Problem, RequestId, RequestLanguage, request_id::HEADER as REQUEST_ID};

/// The largest body that a route takes unless it says otherwise, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// How long a handler may take until it begins to answer.
const DEADLINE: Duration = Duration::from_secs(30);

/// Wraps the router of `service` in the rules of the house.
pub fn house_rules(service: &'static str, router: Router, clock: Clock, entropy: Entropy) -> Router {
    router
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            around(service, clock.clone(), entropy.clone(), request, next)
        }))
}

async fn around(
    service: &'static str,
    clock: Clock,
    entropy: Entropy,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers(), &clock, &entropy);
    let language = RequestLanguage::of(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    // The route's pattern, not its path: ids would make a metric of every film.
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", id = %id.0);

    let mut response = async {
        let response = match tokio::time::timeout(DEADLINE, next.run(request)).await {
            Ok(response) => response,
            Err(_) => deadline_exceeded().into_response(),
        };
        let response = write_problem(response, language, &id);
        let (status, elapsed) = (response.status(), started.elapsed());
        count(service, &method, route.as_ref(), status, elapsed);
        let (path, ms) = (uri.path(), elapsed.as_secs_f64() * 1000.0);
        if status.is_server_error() {
            tracing::warn!(service, %method, path, status = status.as_u16(), ms, "answered");
        } else {
            tracing::debug!(service, %method, path, status = status.as_u16(), ms, "answered");
        }
        response
    }
    .instrument(span)
    .await;

    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("accept-language, authorization"));
    // What says nothing of itself is for this caller and this moment.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

/// Writes the body of a problem, and turns the bare refusals of the router into problems.
fn write_problem(mut response: Response, language: kino_domain::Language, id: &RequestId) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() else { return response };
    let mut rendered = problem.render(language, &id.0);
    // The router says which methods there are.
    let allow = response.headers_mut().remove(header::ALLOW).map(|allow| (header::ALLOW, allow));
    rendered.headers_mut().extend(allow);
    rendered
}

fn count(
    service: &'static str,
    method: &Method,
    route: Option<&MatchedPath>,
    status: StatusCode,
    elapsed: Duration,
) {
    let route = route.map_or(SharedString::const_str("-"), |route| route.as_str().to_owned().into());
    let labels = vec![
        Label::from_static_parts("service", service),
        Label::from_static_parts("method", known_method(method)),
        Label::new("route", route),
        Label::new("status", status_label(status)),
    ];
    metrics::histogram!("kino_http_request_seconds", labels).record(elapsed);
}

/// The usual ones without an allocation.
fn status_label(status: StatusCode) -> SharedString {
    match status.as_u16() {
        200 => SharedString::const_str("200"),
        201 => SharedString::const_str("201"),
        204 => SharedString::const_str("204"),
        304 => SharedString::const_str("304"),
        401 => SharedString::const_str("401"),
        403 => SharedString::const_str("403"),
        404 => SharedString::const_str("404"),
        _ => status.as_str().to_owned().into(),
    }
}

/// Methods are the client's to invent; metrics know the usual ones.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
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

#[expect(clippy::needless_pass_by_value, reason = "the shape that the layer wants")]
fn panicked(payload: Box<dyn std::any::Any + Send>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("(no message)");
    Problem::internal(&format!("a handler panicked: {message}")).into_response()
}
