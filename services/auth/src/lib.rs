//! The auth service: who a viewer is and what they may do. Accounts, passwords, sessions, tokens, roles.
//!
//! Rooms: `api` (one file an endpoint), the rules as plain modules (`account`, `password`, `guessing`, `role`,
//! `rotation`, `totp`, `recovery`, ...), `store` (tables and queries), `workers`.

mod account;
mod admission;
mod allowance;
mod api;
mod audit;
mod audit_chain;
mod auth;
mod authority;
mod ceremony;
mod erasure;
mod guessing;
mod hashing;
mod history;
mod import;
mod json_stream;
mod key_audit;
mod keys;
mod known_source;
mod letters;
mod one_time;
mod opening;
mod passkey;
mod password;
mod private_file;
mod qr;
mod reauthentication;
mod recovery;
mod role;
mod rotation;
mod second_factor;
mod secrets;
mod session;
mod settings;
mod signing;
mod social;
mod source;
mod store;
mod stored_hash;
mod superuser;
#[cfg(test)]
mod testing;
mod totp;
mod user_agent;
mod ways_in;
mod workers;

use kino_engine::EventLog;
use kino_node::{Probe, Service, Worker};

pub use audit_chain::{AuditCheckError, AuditFlaw, AuditMark, AuditVerdict, NoAuditMark, verify_audit};
pub use auth::{Auth, AuthError, AuthParts};
pub use hashing::{Comparison, Hashing, HashingError, Place};
pub use import::{BadRow, UserImportError, UserImportReport, UserImporter, UserTable};
pub use key_audit::note_rotation;
pub use keys::{Key, KeyError, KeyFolder, KeyState, Ring, SigningAlgorithm};
pub use settings::AuthSettings;
pub use social::SocialSettings;
pub use superuser::{SuperuserError, SuperuserForm, create_superuser};

/// The service, ready to be run by a node. Its events go to `log`.
pub fn service(auth: &Auth, log: EventLog) -> Service {
    let (router, openapi) = api::router(auth.clone());
    let (relaying, writing, sending) = (auth.clone(), auth.clone(), auth.clone());
    let (sweeping, keeping) = (auth.clone(), auth.clone());
    let (database, cache) = (auth.database.clone(), std::sync::Arc::clone(&auth.cache));
    Service {
        name: "auth",
        router,
        docs: Some(("auth", openapi)),
        answers_unknown: false,
        workers: vec![
            Worker::new("auth outbox", move |stop| async move {
                relaying.outbox.relay(relaying.database.clone(), log, stop).await;
            }),
            Worker::new("auth history", move |stop| workers::history::run(writing, stop)),
            Worker::new("auth letters", move |stop| workers::letters::run(sending, stop)),
            Worker::new("auth sweeper", move |stop| workers::sweeper::run(sweeping, stop)),
            Worker::new("auth keys", move |stop| workers::keys::run(keeping, stop)),
        ],
        probes: vec![
            Probe::new("auth database", move || {
                let database = database.clone();
                async move { database.ping().await }
            }),
            Probe::new("cache", move || {
                let cache = std::sync::Arc::clone(&cache);
                async move { cache.ping().await }
            }),
        ],
    }
}

/// The API's documentation, for the committed copy.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::openapi()
}
