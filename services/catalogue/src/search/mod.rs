//! Searching: what a query means, and the engines that answer it.
//!
//! - `engine`: the port: what an engine does for the catalogue; `cards`: films and persons as engines are told of them;
//! - `text`, `analyzer`, `heads`: how words, and their first letters, are made of texts and queries;
//! - `intent`: how a query may have been meant, also on the other keyboard `layout`, by its `sound` in the other alphabet,
//!   with `numbers` spelled out;
//! - `highlight`: the words of a text that answer, marked;
//! - `mark`: which question a cursor goes on with;
//! - `worth`: what it is worth to find a word somewhere; `alike`: what makes films alike;
//! - `tantivy`: the engine on this node's disk;
//! - `opensearch`: the engine on a server that processes share;
//! - `glance`: an index looked at without being taken;
//! - `url`: which of them the setting `search` says, and where;
//! - `contract`, `relevance`: tests of the port, and judged queries, on every engine; `library`: films for them.

mod alike;
mod analyzer;
mod cards;
#[cfg(test)]
mod contract;
mod engine;
mod error;
mod glance;
mod heads;
mod highlight;
mod intent;
mod layout;
#[cfg(test)]
pub(crate) mod library;
mod mark;
mod numbers;
mod opensearch;
#[cfg(test)]
mod relevance;
mod sound;
mod tantivy;
mod text;
mod url;
mod worth;

use std::sync::Arc;

pub(crate) use self::{
    cards::{FilmCard, Named, PersonCard, version_of_film, version_of_person},
    engine::{
        BUCKETS, Batch, Checksum, DEEPEST, DocumentKind, Engine, Facets, LogPlace, Order, PageStart,
        PersonsWanted, Place, Rebuild, Rejected, SuggestWanted, Suggested, Wanted, WantedFacets, bucket_of,
    },
    highlight::Highlighter,
    intent::Intent,
};
pub use self::{
    error::IndexError,
    glance::{IndexGlance, inspect},
    url::{OpenSearchUrl, SearchUrl},
};
use self::{opensearch::OpenSearch, tantivy::Tantivy};

/// Opens the engine; a damaged index on this machine is begun anew.
pub(crate) async fn open(url: &SearchUrl) -> Result<Engine, IndexError> {
    Ok(match url {
        SearchUrl::Tantivy(folder) => Arc::new(Tantivy::open(folder)?),
        SearchUrl::OpenSearch(server) => Arc::new(OpenSearch::open(server).await?),
    })
}
