//! Which service is reached how.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use axum::Router;
use http::Method;

use crate::Call;

/// The services that this process can reach. The node fills it in when all routers are made; services that need each
/// other take their [`Upstream`]s before that.
#[derive(Clone, Default)]
pub struct Upstreams(Arc<RwLock<HashMap<String, Router>>>);

impl Upstreams {
    /// No service yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that `service` runs in this process.
    pub fn serve_local(&self, service: &str, router: Router) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(service.to_owned(), router);
    }

    /// Forgets all services. They hold ways to each other through here, and so each other: a process that goes on
    /// after its platform has stopped lets go of them with this.
    pub fn close(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The way to `service`.
    pub fn service(&self, service: &'static str) -> Upstream {
        Upstream { service, all: self.clone() }
    }

    fn local(&self, service: &str) -> Option<Router> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(service).cloned()
    }
}

impl fmt::Debug for Upstreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.read().unwrap_or_else(PoisonError::into_inner).keys()).finish()
    }
}

/// The way to one service.
#[derive(Clone, Debug)]
pub struct Upstream {
    service: &'static str,
    all: Upstreams,
}

impl Upstream {
    /// Begins a GET of `path`, which begins with a slash and may carry a query.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// Begins a POST to `path`.
    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// Begins a call.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.service, self.all.local(self.service), method, path)
    }
}
