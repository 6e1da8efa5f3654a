//! Opening the engines that the settings name.

use std::sync::Arc;

use kino_domain::{Clock, Entropy};
use kino_engine::{Cache, Database, EventLog, Mail, OpenError, cache, mail};

use crate::Settings;

/// The engines of a process, but for the databases, which each service has its own of.
#[derive(Clone, Debug)]
pub struct Engines {
    /// The cache.
    pub cache: Arc<dyn Cache>,
    /// The event log.
    pub log: EventLog,
    /// Mail.
    pub mail: Arc<dyn Mail>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
}

impl Engines {
    /// Opens the cache, the event log and mail.
    pub async fn open(settings: &Settings, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let cache = cache::open(&settings.cache).await?;
        let log = EventLog::open(&settings.events, &settings.database_url(), clock.clone(), entropy.clone())
            .await?;
        let mail = settings.open_mail(clock.clone(), entropy.clone())?;
        Ok(Self { cache, log, mail, clock, entropy })
    }
}

impl Settings {
    /// Opens the database of a service.
    pub async fn open_database(&self, service: &str) -> Result<Database, OpenError> {
        match service {
            "catalogue" => Database::open_mostly_read(&self.database_url(), service).await,
            _ => Database::open(&self.database_url(), service).await,
        }
    }

    /// Opens mail. A mail server need not run yet.
    pub fn open_mail(&self, clock: Clock, entropy: Entropy) -> Result<Arc<dyn Mail>, OpenError> {
        let sender = self.mail_sender().map_err(|error| {
            OpenError::new("mail_from", &self.mail_from, format!("it {error}"), "set it (KINO_MAIL_FROM)")
        })?;
        mail::open(&self.mail_url(), sender, clock, entropy)
    }
}
