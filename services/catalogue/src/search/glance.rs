//! An index, looked at without being taken: beside the server that runs it, or where none runs.

use super::{
    IndexError,
    engine::{Place, SearchEngine as _},
    opensearch::OpenSearch,
    tantivy,
    url::SearchUrl,
};

/// What a look at an index shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexGlance {
    /// Films that it holds.
    pub films: u64,
    /// Persons that it holds.
    pub persons: u64,
    pub(crate) place: Place,
}

/// Looks at an index; none where there is none yet.
pub async fn inspect(url: &SearchUrl) -> Result<Option<IndexGlance>, IndexError> {
    match url {
        SearchUrl::Tantivy(folder) => tantivy::inspect(folder),
        SearchUrl::OpenSearch(server) => {
            let index = OpenSearch::open(server).await?;
            let (stats, place) = (index.stats().await?, index.place().await?);
            let glance = IndexGlance { films: stats.films, persons: stats.persons, place };
            Ok(stats.is_built.then_some(glance))
        }
    }
}
