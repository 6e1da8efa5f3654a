//! A node: services, put together and run.

use std::net::{IpAddr, SocketAddr};

use axum::{Router, routing::any};
use kino_domain::{Clock, Entropy};
use kino_http::{Problem, house_rules};
use tokio::net::TcpListener;

use crate::{Lifecycle, Probe, Service, Worker, connections, docs, health, telemetry};

/// Why the address could not be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Someone else listens there.
    #[error(
        "listen = \"{0}\": the port is in use\n  stop the program that uses it (another kino?), or choose another \
         port: KINO_LISTEN=127.0.0.1:8001"
    )]
    InUse(String),
    /// Any other reason.
    #[error(
        "listen = \"{0}\": {1}\n  use an address of this machine and a port above 1023, e.g. 127.0.0.1:8000"
    )]
    Refused(String, std::io::Error),
}

/// Opens the address to listen on; port 0 takes a free one.
pub async fn listen(address: &str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => ListenError::InUse(address.to_owned()),
        _ => ListenError::Refused(address.to_owned(), error),
    })
}

/// Services, put together.
#[derive(Debug)]
pub struct Node {
    services: Vec<Service>,
    workers: Vec<Worker>,
    probes: Vec<Probe>,
    clock: Clock,
    entropy: Entropy,
}

impl Node {
    /// A node of these services.
    pub fn new(services: Vec<Service>, clock: Clock, entropy: Entropy) -> Self {
        Self { services, workers: Vec::new(), probes: Vec::new(), clock, entropy }
    }

    /// Adds work that belongs to no one service.
    #[must_use]
    pub fn with_worker(mut self, worker: Worker) -> Self {
        self.workers.push(worker);
        self
    }

    /// Adds something that the process needs to be ready.
    #[must_use]
    pub fn with_probe(mut self, probe: Probe) -> Self {
        self.probes.push(probe);
        self
    }

    /// Wraps every service in the rules of the house, and tells `reachable` of each one's router.
    #[must_use]
    pub fn with_house_rules(mut self, reachable: impl Fn(&'static str, Router)) -> Self {
        for service in &mut self.services {
            let router = std::mem::take(&mut service.router);
            service.router = house_rules(service.name, router, self.clock.clone(), self.entropy.clone());
            reachable(service.name, service.router.clone());
        }
        self
    }

    /// Starts the workers and serves requests; returns at once. [`Lifecycle::finished`] waits for the end.
    ///
    /// `trusted_proxies` may say in `X-Forwarded-For` whom they speak for.
    pub fn start(
        self,
        listener: TcpListener,
        lifecycle: &Lifecycle,
        trusted_proxies: &[IpAddr],
    ) -> std::io::Result<SocketAddr> {
        let address = listener.local_addr()?;
        let mut app = Router::new();
        let mut own = Router::new();
        let is_answered = self.services.iter().any(|service| service.answers_unknown);
        let (mut probes, mut workers) = (self.probes, self.workers);
        workers.push(Worker::new("metrics", telemetry::keep_metrics));
        for service in self.services {
            app = app.merge(service.router);
            if let Some((path, openapi)) = service.docs {
                // Under a service's own path everything is the API's, so what is not there is a problem, not a page.
                own = own
                    .merge(docs::router(path, &openapi))
                    .route(&format!("/{path}/{{*rest}}"), any(nothing_here));
            }
            probes.extend(service.probes);
            workers.extend(service.workers);
        }
        for worker in workers {
            let (name, work) = (worker.name, (worker.run)(lifecycle.stop_working()));
            lifecycle.workers().spawn(async move {
                work.await;
                tracing::debug!(worker = name, "finished");
            });
        }
        own = own.merge(health::router(probes, lifecycle.clone(), telemetry::metrics()));
        if !is_answered {
            own = own.fallback(nothing_here);
        }
        let app = app.merge(house_rules("node", own, self.clock, self.entropy));
        lifecycle.workers().spawn(connections::serve(
            listener,
            app,
            lifecycle.clone(),
            trusted_proxies.into(),
        ));
        Ok(address)
    }
}

async fn nothing_here() -> Problem {
    Problem::not_found(
        "route_not_found",
        "По этому адресу ничего нет; что есть, перечислено в документации API.",
        "There is nothing at this address; the documentation of the API lists what there is.",
    )
}
