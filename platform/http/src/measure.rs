//! How long requests take, by service, method, route and status.

use std::{cell::RefCell, time::Duration};

use axum::extract::MatchedPath;
use foldhash::HashMap;
use http::{Method, StatusCode};
use metrics::{Histogram, Label, SharedString};

thread_local! {
    /// The histograms that this thread has used, by route: to find one by its labels takes allocations at every request.
    /// There are as many as routes, methods and statuses.
    static USED: RefCell<HashMap<Box<str>, Vec<Used>>> = RefCell::default();
}

struct Used {
    service: &'static str,
    method: &'static str,
    status: StatusCode,
    histogram: Histogram,
}

/// Notes that a request took so long.
pub(crate) fn measure(
    service: &'static str,
    method: &Method,
    route: Option<&MatchedPath>,
    status: StatusCode,
    elapsed: Duration,
) {
    let (route, method) = (route.map_or("-", MatchedPath::as_str), known_method(method));
    USED.with_borrow_mut(|used| {
        let Some(of_route) = used.get_mut(route) else {
            let new = Used::new(service, method, route, status);
            new.histogram.record(elapsed);
            used.insert(route.into(), vec![new]);
            return;
        };
        let is_it = |used: &&Used| (used.service, used.method, used.status) == (service, method, status);
        if let Some(used) = of_route.iter().find(is_it) {
            used.histogram.record(elapsed);
        } else {
            let new = Used::new(service, method, route, status);
            new.histogram.record(elapsed);
            of_route.push(new);
        }
    });
}

impl Used {
    fn new(service: &'static str, method: &'static str, route: &str, status: StatusCode) -> Self {
        let labels = vec![
            Label::from_static_parts("service", service),
            Label::from_static_parts("method", method),
            Label::new("route", SharedString::from_owned(route.to_owned())),
            Label::new("status", SharedString::from_owned(status.as_str().to_owned())),
        ];
        let histogram = metrics::histogram!("kino_http_request_seconds", labels);
        Self { service, method, status, histogram }
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
