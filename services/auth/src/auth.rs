//! The auth service in one value: its engines, keys and rules, as handlers and workers hold it.

use std::{collections::BTreeMap, ops::Deref, path::PathBuf, sync::Arc};

use kino_domain::{AuthEvent, Clock, Entropy};
use kino_engine::{
    Cache, Database, Mail,
    database::DbErr,
    outbox::{self, Outbox},
};
use kino_http::Problem;
use kino_token::TokenGate;
use sea_orm::DatabaseTransaction;
use tokio::sync::Semaphore;

use crate::{
    AuthSettings, SocialSettings,
    allowance::Allowances,
    guessing::Guessing,
    hashing::{Hashing, HashingError},
    history::Failures,
    keys::{KeyError, KeyFolder, Keys},
    letters::Post,
    passkey::RelyingParty,
    secrets::Secrets,
    signing::room_ahead,
    social::Social,
    store::{Migrator, partitions},
};

/// Why the service could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The keys that sign tokens.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database.
    #[error("the auth database could not be brought up to date: {0}")]
    Database(#[from] DbErr),
    /// The threads that hash passwords.
    #[error("the threads that hash passwords could not be started: {0}")]
    Threads(#[from] std::io::Error),
    /// The client of social providers.
    #[error("the providers of social sign-in cannot be spoken to: {0}")]
    Social(#[from] rustls::Error),
}

/// The auth service. Clones are one and the same.
#[derive(Clone, Debug)]
pub struct Auth(Arc<Inner>);

/// What the service is made of.
#[derive(Debug)]
pub struct Inner {
    pub(crate) database: Database,
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) outbox: Outbox,
    pub(crate) gate: TokenGate,
    pub(crate) keys: Keys,
    pub(crate) hashing: Hashing,
    /// For those who [sign ahead](Auth::sign_ahead).
    pub(crate) ahead: Arc<Semaphore>,
    pub(crate) secrets: Secrets,
    pub(crate) guessing: Guessing,
    pub(crate) allowances: Allowances,
    pub(crate) failures: Failures,
    /// None where the site's address admits no passkeys.
    pub(crate) passkey_site: Option<RelyingParty>,
    pub(crate) post: Post,
    pub(crate) social: Social,
    /// Where viewers reach the site.
    pub(crate) origin: String,
    pub(crate) secure_cookies: bool,
    pub(crate) settings: AuthSettings,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
}

/// What the service is opened with.
#[derive(Debug)]
pub struct AuthParts {
    /// Its database.
    pub database: Database,
    /// The cache.
    pub cache: Arc<dyn Cache>,
    /// Mail.
    pub mail: Arc<dyn Mail>,
    /// The check of tokens, shared by all services of the process.
    pub gate: TokenGate,
    /// Where its keys are.
    pub keys: PathBuf,
    /// Where viewers reach the site, and links in letters lead: scheme, host and port.
    pub origin: String,
    /// Its section of the configuration.
    pub settings: AuthSettings,
    /// Where else viewers may sign in, by name.
    pub social: BTreeMap<String, SocialSettings>,
    /// Whether cookies travel over HTTPS only.
    pub secure_cookies: bool,
    /// Whether guessing is slowed down.
    pub limits: bool,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
}

impl Auth {
    /// Brings the database up to date, reads or makes the keys, and starts the hashing threads.
    pub async fn open(parts: AuthParts) -> Result<Self, AuthError> {
        parts.database.migrate::<Migrator>().await?;
        // A revocation that was acknowledged just before a crash holds from the first request on.
        for event in outbox::pending(&parts.database).await? {
            if let Ok(event) = event.open::<AuthEvent>() {
                parts.gate.apply(&event);
            }
        }
        let settings = parts.settings;
        let folder = KeyFolder::new(parts.keys.clone(), parts.clock.clone(), parts.entropy.clone());
        let keys = Keys::open(folder, settings.key_policy())?;
        let secrets = Secrets::open(&parts.keys, &parts.entropy)?;
        partitions::keep(&parts.database, parts.clock.now(), settings.history_months).await?;
        let hashing = Hashing::start(settings.hashing_threads, settings.hashing_queue, &parts.entropy)?;
        let passkey_site = RelyingParty::at(&parts.origin);
        if passkey_site.is_none() {
            tracing::warn!(
                parts.origin,
                "passkeys are off: browsers make none for this address; set public_url"
            );
        }
        Ok(Self(Arc::new(Inner {
            guessing: Guessing::new(Arc::clone(&parts.cache), parts.limits),
            allowances: Allowances::new(Arc::clone(&parts.cache), parts.limits),
            outbox: Outbox::new(parts.clock.clone(), parts.entropy.clone()),
            database: parts.database,
            cache: parts.cache,
            gate: parts.gate,
            keys,
            secrets,
            failures: Failures::default(),
            social: Social::new(&parts.social, &parts.origin, &parts.clock)?,
            origin: parts.origin.clone(),
            secure_cookies: parts.secure_cookies,
            post: Post::new(parts.mail, parts.origin),
            hashing,
            ahead: room_ahead(),
            passkey_site,
            settings,
            clock: parts.clock,
            entropy: parts.entropy,
        })))
    }

    /// Commits a transaction together with its events. This process heeds them at once, the others when the log
    /// brings them.
    pub(crate) async fn commit(&self, tx: DatabaseTransaction, events: &[AuthEvent]) -> Result<(), DbErr> {
        self.outbox.put(&tx, events).await?;
        tx.commit().await?;
        for event in events {
            self.gate.apply(event);
        }
        if !events.is_empty() {
            self.outbox.wake();
        }
        Ok(())
    }
}

impl Deref for Auth {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// For the extractors of `kino_token`.
impl AsRef<TokenGate> for Auth {
    fn as_ref(&self) -> &TokenGate {
        &self.gate
    }
}

impl From<HashingError> for Problem {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Full { retry_after } => Self::too_many(
                "too_many_sign_ins",
                "Сейчас входит слишком много людей. Повторите через несколько секунд.",
                "Too many people are signing in at the moment. Try again in a few seconds.",
                retry_after,
            ),
            HashingError::Ended => Self::internal(&error),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        Self::internal(&error)
    }
}
