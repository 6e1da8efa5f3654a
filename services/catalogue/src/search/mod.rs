//! The search index: tantivy, on this node's disk, fed from the database.
//!
//! - `text`: how words are made of texts and queries, and how a query may have been meant;
//! - `schema`: what is kept of a film;
//! - `index`: the files: opening, writing, damage;
//! - `query`: what is asked of them.

mod index;
mod query;
mod schema;
mod text;

pub use index::IndexError;
pub(crate) use index::{FilmIndex, LogPlace, Place, blocking};
pub(crate) use query::Wanted;
