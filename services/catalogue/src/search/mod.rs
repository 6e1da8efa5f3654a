//! Searching: what a query means, and the engines that answer it.
//!
//! - `engine`: the port: what an engine does for the catalogue;
//! - `text`: how words are made of texts and queries;
//! - `intent`: how a query may have been meant, also on the other keyboard `layout`, by its `sound` in the other alphabet,
//!   with `numbers` spelled out;
//! - `tantivy`: the engine on this node's disk.

mod engine;
mod error;
mod intent;
mod layout;
mod numbers;
mod sound;
mod tantivy;
mod text;

pub(crate) use self::{
    engine::{
        BUCKETS, Batch, Checksum, DocumentKind, Engine, LogPlace, Order, PageStart, PersonCard, Place,
        Rebuild, Rejected, Wanted, WantedFacets, bucket_of, version_of_person,
    },
    tantivy::{Tantivy, inspect},
};
pub use error::IndexError;
