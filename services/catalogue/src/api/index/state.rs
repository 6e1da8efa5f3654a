//! `GET /admin/index`: how the search index is.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_http::{Json, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Catalogue,
    store::{
        dead_letters, films, persons,
        rebuilds::{self, RebuildState},
    },
    upkeep::audit::AuditReport,
};

/// The search index.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndexState {
    #[schema(example = "tantivy")]
    engine: &'static str,
    /// Whether searches are answered.
    is_built: bool,
    /// Why the engine cannot be asked, where it cannot.
    problem: Option<String>,
    /// What the index holds; null where the engine cannot be asked.
    documents: Option<Documents>,
    /// What the database holds.
    database: Documents,
    /// On the disk; null where the engine cannot be asked.
    bytes: Option<u64>,
    lag: Lag,
    /// What the last comparison of index and database found; none since this server started.
    drift: Option<AuditReport>,
    /// The rebuild that was asked for last.
    rebuild: Option<RebuildState>,
    /// Documents and events that could not be indexed.
    dead_letters: u64,
}

/// How many documents of each kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Documents {
    films: u64,
    persons: u64,
}

/// How far the index is behind the event log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lag {
    /// Positions of the log that are still to be read; other services' events among them. None until the indexer began.
    events: Option<i64>,
    /// How old the newest change was when it could be found, in milliseconds.
    latency_ms: Option<i64>,
    /// When something was last indexed.
    indexed_at: Option<DateTime<Utc>>,
}

#[utoipa::path(
    get,
    path = "/async/api/v1/admin/index",
    tag = "index",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The search index", body = IndexState),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
    ),
)]
pub(crate) async fn state(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
) -> Result<Json<IndexState>, Problem> {
    let read = catalogue.database.read();
    // Whoever looks here wants to know above all what is wrong.
    let (held, problem) = match catalogue.index.stats().await {
        Ok(held) => (Some(held), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let status = catalogue.upkeep.status();
    let end = catalogue.log.end().await.map_err(|error| Problem::engine_down(&error))?;
    Ok(Json(IndexState {
        engine: catalogue.index.name(),
        is_built: held.is_some_and(|held| held.is_built),
        problem,
        documents: held.map(|held| Documents { films: held.films, persons: held.persons }),
        database: Documents { films: films::count(read).await?, persons: persons::count(read).await? },
        bytes: held.map(|held| held.bytes),
        lag: Lag {
            events: status.position.map(|position| (end - position).max(0)),
            latency_ms: status.latency_ms,
            indexed_at: status.indexed_at,
        },
        drift: catalogue.upkeep.last_audit(),
        rebuild: rebuilds::latest(read).await?,
        dead_letters: dead_letters::count(read).await?,
    }))
}
