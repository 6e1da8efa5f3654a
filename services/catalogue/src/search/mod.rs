//! Searching: what a query means, and the engines that answer it.
//!
//! - `engine`: the port: what an engine does for the catalogue;
//! - `text`: how words are made of texts and queries;
//! - `intent`: how a query may have been meant, and how widely it is read; with `layout` (the keyboard), `sound` (the other
//!   alphabet) and `numbers`;
//! - `tantivy`: the engine on this node's disk;
//! - `opensearch`: the engine on a server that processes share;
//! - `url`: which of them the setting `search` says, and where;
//! - `contract`: tests of the port, on every engine.

#[cfg(test)]
mod contract;
mod engine;
mod error;
mod intent;
mod layout;
mod numbers;
mod opensearch;
mod sound;
mod tantivy;
mod text;
mod url;

use std::sync::Arc;

pub(crate) use self::engine::{
    BUCKETS, Batch, Checksum, DocumentKind, Engine, LogPlace, Order, PageStart, PersonCard, Place, Rebuild,
    Rejected, Wanted, WantedFacets, bucket_of, version_of_person,
};
use self::{engine::SearchEngine as _, opensearch::OpenSearch, tantivy::Tantivy};
pub use self::{
    error::IndexError,
    url::{OpenSearchUrl, SearchUrl},
};

/// Opens the engine; a damaged index on this machine is begun anew.
pub(crate) async fn open(url: &SearchUrl) -> Result<Engine, IndexError> {
    Ok(match url {
        SearchUrl::Tantivy(folder) => Arc::new(Tantivy::open(folder)?),
        SearchUrl::OpenSearch(server) => Arc::new(OpenSearch::open(server).await?),
    })
}

/// Looks at an index without taking it: how many films it holds, none where there is no index yet.
pub async fn inspect(url: &SearchUrl) -> Result<Option<u64>, IndexError> {
    match url {
        SearchUrl::Tantivy(folder) => tantivy::inspect(folder),
        SearchUrl::OpenSearch(server) => {
            let stats = OpenSearch::open(server).await?.stats().await?;
            Ok(stats.is_built.then_some(stats.films))
        }
    }
}
