//! `GET /films/{id}/revisions`: who changed a film, when, and what of it.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_domain::FilmId;
use kino_http::{Json, Page, PageQuery, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};
use serde::Serialize;
use utoipa::ToSchema;

use super::problems::not_found;
use crate::{
    Catalogue,
    revision::{Action, Actor, Revision},
    store::{editing::revisions, films},
};

/// A change of a film.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevisionSummary {
    /// The film's version after it.
    #[schema(example = 3)]
    version: i64,
    at: DateTime<Utc>,
    /// Null of what came from a file.
    actor: Option<Actor>,
    action: Action,
    /// The fields that differ from the version before, where there is one to compare with.
    #[schema(example = json!(["access", "title"]))]
    changed: Vec<String>,
}

impl RevisionSummary {
    pub(super) fn new(revision: Revision) -> Self {
        let Revision { version, at, actor, action, changed, .. } = revision;
        Self { version, at, actor, action, changed }
    }
}

#[utoipa::path(
    get,
    path = "/async/api/v1/films/{id}/revisions",
    tag = "administration",
    params(("id" = FilmId, Path), PageQuery),
    security(("access_token" = [])),
    responses(
        (
            status = 200,
            description = "A page of revisions, the newest first; none of a film that no administrator changed. Those \
                of a deleted film stay",
            body = Page<RevisionSummary>,
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`film_not_found`", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn revisions(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<FilmId>,
    page: PageQuery,
) -> Result<Json<Page<RevisionSummary>>, Problem> {
    let read = catalogue.database.read();
    let (revisions, total) = revisions::page(read, id, page).await?;
    if total == 0 {
        films::find_unscoped(read, id).await?.ok_or_else(not_found)?;
    }
    Ok(Json(page.page(revisions.into_iter().map(RevisionSummary::new).collect(), total)))
}
