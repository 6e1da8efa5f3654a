//! Tantivy, on this node's disk.
//!
//! - `schema`: what is kept of films and persons;
//! - `generation`: one index: its files, its writer, damage;
//! - `folder`: which generation is in use, and those that are not;
//! - `engine`: the port;
//! - `rebuild`: an index in the making;
//! - `audit`: checksums of what is there;
//! - `query`: what is asked of it.

mod audit;
mod engine;
mod folder;
mod generation;
mod query;
mod rebuild;
mod schema;

pub(crate) use self::{engine::Tantivy, folder::inspect};

use super::IndexError;
use ::tantivy::TantivyError;

/// Runs work on an index on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, IndexError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(TantivyError::InternalError(error.to_string()).into()),
    }
}
