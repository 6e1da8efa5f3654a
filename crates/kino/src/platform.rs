//! Putting a platform together from its settings, and running it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use chrono::TimeDelta;
use kino_auth::{Auth, AuthError, AuthParts};
use kino_catalogue::{Catalogue, CatalogueError, ImportError, IndexError};
use kino_cinema::Cinema;
use kino_domain::{Clock, Entropy};
use kino_engine::{Database, EventLog, OpenError, without_password};
use kino_node::{Lifecycle, ListenError, Node, Probe, Service, Worker, listen};
use kino_token::{KeySource, TokenGate, TokenPolicy, Visitors};
use kino_upstream::Upstreams;
use tokio_util::sync::CancellationToken;

use crate::{
    Engines, Settings,
    data_dir::{self, Hold},
};

/// How long events are kept. Longer than any access token lives: a process that starts learns from them what was
/// revoked.
const EVENTS_KEPT: TimeDelta = TimeDelta::days(7);
/// How long the engines may take to close at the end.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
const EVENTS_SWEPT_EVERY: Duration = Duration::from_hours(1);

/// Why a platform did not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error(
        "data_dir = \"{folder}\": {problem}\n  name a folder that this user may write to (KINO_DATA_DIR)"
    )]
    DataDir {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another server holds the data folder.
    #[error(
        "data_dir = \"{0}\": another kino server uses this folder\n  stop it, or choose another folder \
         (KINO_DATA_DIR); commands such as `kino import` work beside it"
    )]
    InUse(PathBuf),
    /// An engine cannot be opened.
    #[error(transparent)]
    Engine(#[from] OpenError),
    /// The auth service cannot be opened.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The catalogue cannot be opened.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The demo films cannot be loaded.
    #[error("the demo films could not be loaded: {0}")]
    Demo(#[from] ImportError),
    /// A rebuild of the index was asked for, and no server took it up.
    #[error(
        "a kino server uses this data folder, but none that runs the catalogue builds the index, or not any more\n  look at \
         its log, or stop it and try again: without a server the command builds the index itself"
    )]
    NotTakenUp,
    /// The address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The socket failed.
    #[error("the socket failed: {0}")]
    Socket(#[from] std::io::Error),
}

/// A running platform.
#[derive(Debug)]
pub struct Platform {
    /// Where it listens.
    pub address: SocketAddr,
    lifecycle: Lifecycle,
    log: EventLog,
    databases: Vec<Database>,
    upstreams: Upstreams,
    _holds: Vec<Hold>,
}

impl Platform {
    /// Starts the services that the settings name; they serve when it returns, and are ready when `/readyz` says so.
    pub async fn start(
        settings: &Settings,
        clock: Clock,
        entropy: Entropy,
        lifecycle: Lifecycle,
    ) -> Result<Self, StartError> {
        let mut holds = vec![data_dir::hold(&settings.data_dir)?];
        // Databases elsewhere than in the data folder have a folder of their own to hold.
        if let Some(folder) = settings.sqlite_folder().filter(|folder| *folder != settings.data_dir) {
            holds.push(data_dir::hold(&folder)?);
        }
        // Taken early: a port in use is told of before anything is made.
        let listener = listen(&settings.listen).await?;
        let engines = Engines::open(settings, clock.clone(), entropy.clone()).await?;
        let upstreams = Upstreams::new();
        let gate = token_gate(settings, &upstreams, clock.clone());

        let mut services = Vec::new();
        let mut databases = Vec::new();
        if settings.runs("auth") {
            let database = settings.open_database("auth").await?;
            databases.push(database.clone());
            let origin = settings.public_url(listener.local_addr()?);
            services.push(auth_service(settings, &engines, gate.clone(), database, origin).await?);
        }
        if settings.runs("catalogue") {
            let database = settings.open_database("catalogue").await?;
            databases.push(database.clone());
            services.push(catalogue_service(settings, &engines, gate.clone(), database).await?);
        }
        if settings.runs("cinema") {
            services.push(cinema_service(settings, &engines, &upstreams));
        }
        let node = Node::new(services, clock, entropy)
            .with_house_rules(|name, router| upstreams.serve_local(name, router))
            .with_worker(follow_auth(&engines, &gate))
            .with_worker(follow_keys(&gate))
            .with_worker(sweep_events(&engines))
            .with_probe(Probe::new("revocations", move || {
                let is_current = gate.is_current();
                async move { if is_current { Ok(()) } else { Err("the event log has not been heard lately") } }
            }));
        let address = node.start(listener, &lifecycle, &settings.trusted_proxies)?;
        Ok(Self { address, lifecycle, log: engines.log, databases, upstreams, _holds: holds })
    }

    /// The site's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs until the lifecycle is told to stop, finishes what is under way, and closes everything.
    pub async fn run(self) {
        self.lifecycle.finished().await;
        self.upstreams.close();
        let closing = async {
            if let Err(error) = self.log.close().await {
                tracing::warn!(%error, "the event log did not close well");
            }
            for database in &self.databases {
                if let Err(error) = database.close().await {
                    tracing::warn!(%error, "a database did not close well");
                }
            }
        };
        if tokio::time::timeout(CLOSE_WITHIN, closing).await.is_err() {
            tracing::warn!("the engines did not close in time; nothing acknowledged is lost");
        }
    }

    /// Stops and waits for the end.
    pub async fn stop(self) {
        self.lifecycle.stop();
        self.run().await;
    }
}

async fn auth_service(
    settings: &Settings,
    engines: &Engines,
    gate: TokenGate,
    database: Database,
    origin: String,
) -> Result<Service, StartError> {
    let auth = Auth::open(AuthParts {
        database,
        cache: Arc::clone(&engines.cache),
        mail: Arc::clone(&engines.mail),
        gate,
        keys: settings.keys_folder(),
        origin,
        settings: settings.auth.clone(),
        social: settings.social.clone(),
        secure_cookies: settings.site.secure_cookies,
        limits: settings.limits.enabled,
        clock: engines.clock.clone(),
        entropy: engines.entropy.clone(),
    })
    .await?;
    Ok(kino_auth::service(&auth, engines.log.clone()))
}

async fn catalogue_service(
    settings: &Settings,
    engines: &Engines,
    gate: TokenGate,
    database: Database,
) -> Result<Service, StartError> {
    let (clock, entropy) = (engines.clock.clone(), engines.entropy.clone());
    if settings.wants_demo() {
        let loaded = kino_catalogue::load_demo(database.clone(), clock.clone(), entropy.clone()).await?;
        if let Some(report) = loaded {
            tracing::info!(films = report.added, "loaded the demo films into the empty catalogue");
        }
    }
    let catalogue = open_catalogue(settings, engines, gate, database).await?;
    Ok(kino_catalogue::service(&catalogue))
}

/// Opens the catalogue with the engines of the settings.
pub(crate) async fn open_catalogue(
    settings: &Settings,
    engines: &Engines,
    gate: TokenGate,
    database: Database,
) -> Result<Catalogue, CatalogueError> {
    let (clock, entropy) = (engines.clock.clone(), engines.entropy.clone());
    let (log, cache) = (engines.log.clone(), Arc::clone(&engines.cache));
    let search = settings
        .search_url()
        .map_err(|problem| IndexError::Server { url: without_password(&settings.search), problem })?;
    Catalogue::open(database, log, cache, gate, &search, clock, entropy).await
}

/// The one gate of all services: who may pass with which token.
pub(crate) fn token_gate(settings: &Settings, upstreams: &Upstreams, clock: Clock) -> TokenGate {
    let policy = TokenPolicy {
        issuer: settings.tokens.issuer.clone(),
        audience: settings.tokens.audience.clone(),
        access_lifetime: TimeDelta::minutes(settings.auth.access_token_minutes.into()),
    };
    let (keys, visitors) =
        (KeySource::new(upstreams.service("auth")), Visitors::new(upstreams.service("auth")));
    TokenGate::new(keys, visitors, policy, clock)
}

fn cinema_service(settings: &Settings, engines: &Engines, upstreams: &Upstreams) -> Service {
    let cinema = Cinema {
        auth: upstreams.service("auth"),
        catalogue: upstreams.service("catalogue"),
        clock: engines.clock.clone(),
        entropy: engines.entropy.clone(),
        secure_cookies: settings.site.secure_cookies,
    };
    Service {
        name: "cinema",
        router: kino_cinema::router(cinema),
        docs: None,
        answers_unknown: true,
        workers: Vec::new(),
        probes: Vec::new(),
    }
}

/// Keeps the gate informed: what was revoked, what visitors may do.
fn follow_auth(engines: &Engines, gate: &TokenGate) -> Worker {
    let (log, gate) = (engines.log.clone(), gate.clone());
    Worker::new("revocations", move |stop| async move { gate.follow(&log, stop).await })
}

fn follow_keys(gate: &TokenGate) -> Worker {
    let gate = gate.clone();
    Worker::new("token keys", move |stop| async move { gate.follow_keys(stop).await })
}

/// Forgets old events, every hour.
fn sweep_events(engines: &Engines) -> Worker {
    let (log, clock) = (engines.log.clone(), engines.clock.clone());
    Worker::new("event log sweeper", move |stop: CancellationToken| async move {
        stop.run_until_cancelled(async {
            loop {
                tokio::time::sleep(EVENTS_SWEPT_EVERY).await;
                match log.forget_before(clock.now() - EVENTS_KEPT).await {
                    Ok(count) => tracing::debug!(count, "forgot old events"),
                    Err(error) => tracing::warn!(%error, "old events could not be forgotten"),
                }
            }
        })
        .await;
    })
}
