//! Tantivy, on this node's disk.
//!
//! - `schema`: what is kept of films and persons;
//! - `generation`: one index: its files, damage; `writer`: who writes it, also after a failure;
//! - `folder`: which generation is in use, and those that are not;
//! - `engine`: the port;
//! - `rebuild`: an index in the making;
//! - `audit`: checksums of what is there;
//! - `query`: films that answer a query: an intent as a query of tantivy (`reading`), where words are looked for (`places`),
//!   what a misspelt one may mean (`near_words`);
//! - `gather`: the first of an `order`, the count and `facets` of what matches, in one pass, in parts of a large index `side_by_side`;
//!   `cursor`: where a page ended;
//! - `suggest`, `persons`, `similar`: what else is asked.

mod audit;
mod cursor;
mod engine;
mod facets;
mod folder;
mod gather;
mod generation;
mod near_words;
mod order;
mod payload;
mod persons;
mod places;
mod query;
mod reading;
mod rebuild;
mod schema;
mod side_by_side;
mod similar;
mod suggest;
#[cfg(test)]
mod tests;
mod unpacked;
mod wholes;
mod writer;

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
