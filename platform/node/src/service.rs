//! What a service hands to the node.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use axum::Router;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

/// A service, ready to run: its routes, their documentation, its work in the background, and what it needs to be
/// ready.
pub struct Service {
    /// The name in settings, logs and metrics: `auth`, `catalogue`, ...
    pub name: &'static str,
    /// All routes, with their full paths, without the rules of the house (the node adds them).
    pub router: Router,
    /// Where the documentation is shown: `/<path>/openapi` and `/<path>/openapi.json`.
    pub docs: Option<(&'static str, OpenApi)>,
    /// Whether its router has a fallback, which answers for addresses that no service knows. One service may.
    pub answers_unknown: bool,
    /// Work in the background.
    pub workers: Vec<Worker>,
    /// What must answer before the service is ready.
    pub probes: Vec<Probe>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Work in the background: runs until its token is cancelled, then finishes what it must and returns.
pub struct Worker {
    /// The name in logs.
    pub name: &'static str,
    pub(crate) run: Box<dyn FnOnce(CancellationToken) -> Task + Send>,
}

impl Worker {
    /// A worker from an async function of its stop token.
    pub fn new<F>(name: &'static str, run: impl FnOnce(CancellationToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { name, run: Box::new(move |stop| Box::pin(run(stop))) }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worker({})", self.name)
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Asks something that a service needs whether it is well.
#[derive(Clone)]
pub struct Probe {
    /// What is asked, e.g. "auth database".
    pub name: String,
    pub(crate) ask: Arc<dyn Fn() -> Answer + Send + Sync>,
}

impl Probe {
    /// A probe from an async function.
    pub fn new<F, E>(name: impl Into<String>, ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        let ask = move || -> Answer {
            let answer = ask();
            Box::pin(async move { answer.await.map_err(|error| error.to_string()) })
        };
        Self { name: name.into(), ask: Arc::new(ask) }
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({})", self.name)
    }
}
