//! Engines, each opened from a URL: databases, the cache, mail, the event log, and the outbox that ties the first to
//! the last.
//!
//! What a service keeps in them is the service's business; nothing here knows a table of theirs.

pub mod cache;
pub mod database;
mod error;
pub mod log;
pub mod mail;
pub mod outbox;
pub mod private_folder;

pub use cache::Cache;
pub use database::Database;
pub use error::{OpenError, without_password};
pub use log::EventLog;
pub use mail::Mail;
