//! The catalogue: films, genres and persons. The Movies API, the import of films, the search index.
//!
//! Rooms: `api` (one file an endpoint or resource), the rules as plain modules (`film`, `film_draft`,
//! `field_rules`, `revision`, `genre_names`, `country_codes`, `poster`, `import`), `search` (the index), `store` (tables and queries), `workers`.

mod api;
mod bilingual;
mod catalogue;
mod country_codes;
mod demo;
mod export;
mod field_rules;
mod film;
mod film_columns;
mod film_content;
mod film_draft;
mod film_limits;
mod generate;
mod genre_names;
mod import;
mod merge_patch;
mod poster;
mod revision;
mod search;
mod served;
mod store;
mod upkeep;
mod workers;

use std::sync::Arc;

use kino_domain::{Clock, Entropy};
use kino_engine::{Database, outbox::Outbox};

use kino_node::{Probe, Service, Worker};
use uuid::Uuid;

pub use catalogue::{Catalogue, CatalogueError};
pub use demo::load_demo;
pub use export::{Export, ExportError, ExportFormat};
pub use generate::{GeneratedFilms, generate};
pub use import::{
    BadRow, Format, ImportError, ImportReport, Importer, Lines, Place, Repair, Source, open as open_films,
};
pub use search::{IndexError, IndexGlance, OpenSearchUrl, SearchUrl, inspect as inspect_index};
pub use store::{
    dead_letters::{DeadLetter, LetterKind},
    rebuilds::RebuildState,
};
pub use upkeep::{
    UpkeepError,
    letters::{Replay, list as dead_letters, replay as replay_dead_letters},
    summary::{IndexSummary, summarize as summarize_index},
};

/// The service, ready to be run by a node.
pub fn service(catalogue: &Catalogue) -> Service {
    let (router, openapi) = api::router(catalogue.clone());
    let (relaying, indexing) = (catalogue.clone(), catalogue.clone());
    let (forgetting, auditing) = (catalogue.clone(), catalogue.clone());
    let erasing = catalogue.clone();
    let (database, log, built) = (catalogue.database.clone(), catalogue.log.clone(), catalogue.clone());
    Service {
        name: "catalogue",
        router,
        docs: Some(("async", openapi)),
        answers_unknown: false,
        workers: vec![
            Worker::new("catalogue outbox", move |stop| async move {
                relaying.outbox.relay(relaying.database.clone(), relaying.log.clone(), stop).await;
            }),
            Worker::new("catalogue indexer", move |stop| workers::indexer::run(indexing, stop)),
            Worker::new("catalogue auditor", move |stop| workers::auditor::run(auditing, stop)),
            Worker::new("catalogue forgetter", move |stop| workers::forgetter::run(forgetting, stop)),
            Worker::new("catalogue eraser", move |stop| workers::eraser::run(erasing, stop)),
        ],
        probes: vec![
            Probe::new("catalogue database", move || {
                let database = database.clone();
                async move { database.ping().await }
            }),
            Probe::new("event log", move || {
                let log = log.clone();
                async move { log.ping().await }
            }),
            Probe::new("search index", move || {
                let index = Arc::clone(&built.index);
                async move { index.ready().await }
            }),
        ],
    }
}

/// Asks the servers that run the catalogue to build their indexes anew.
pub async fn request_index_rebuild(
    database: &Database,
    clock: Clock,
    entropy: Entropy,
) -> Result<RebuildState, CatalogueError> {
    database.migrate::<store::Migrator>().await?;
    let outbox = Outbox::new(clock.clone(), entropy.clone());
    Ok(upkeep::request_rebuild(database, &outbox, &clock, &entropy).await?)
}

/// How far a rebuild is that was asked for.
pub async fn index_rebuild(database: &Database, id: Uuid) -> Result<Option<RebuildState>, CatalogueError> {
    Ok(store::rebuilds::find(database.read(), id).await?)
}

/// The API's documentation, for the committed copy.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::openapi()
}
