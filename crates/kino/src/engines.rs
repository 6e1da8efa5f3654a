//! Opening the engines that the settings name.

use std::sync::Arc;

use kino_domain::{Clock, Entropy};
use kino_engine::{Cache, Database, EventLog, OpenError, cache};

use crate::Settings;

/// The engines of a process, but for the databases, which each service has its own of.
#[derive(Clone, Debug)]
pub struct Engines {
    /// The cache.
    pub cache: Arc<dyn Cache>,
    /// The event log.
    pub log: EventLog,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
}

impl Engines {
    /// Opens the cache and the event log.
    pub async fn open(settings: &Settings, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let cache = cache::open(&settings.cache).await?;
        let log = EventLog::open(&settings.events, &settings.database_url(), clock.clone(), entropy.clone())
            .await?;
        Ok(Self { cache, log, clock, entropy })
    }
}

impl Settings {
    /// Opens the database of a service.
    pub async fn open_database(&self, service: &str) -> Result<Database, OpenError> {
        Database::open(&self.database_url(), service).await
    }
}
