//! `GET /films/{id}/revisions/{version}`: a film as it was after a change.

use axum::extract::State;
use kino_domain::FilmId;
use kino_http::{Json, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};
use serde::Serialize;
use utoipa::ToSchema;

use super::{problems::no_such_revision, revisions::RevisionSummary};
use crate::{Catalogue, film_content::FilmContent, store::editing::revisions};

/// A change of a film, and the film after it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevisionDetail {
    #[serde(flatten)]
    summary: RevisionSummary,
    /// Null where the film was deleted.
    film: Option<FilmContent>,
}

#[utoipa::path(
    get,
    path = "/async/api/v1/films/{id}/revisions/{version}",
    tag = "administration",
    params(("id" = FilmId, Path), ("version" = i64, Path)),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The revision", body = RevisionDetail),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`revision_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn revision(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path((id, version)): Path<(FilmId, i64)>,
) -> Result<Json<RevisionDetail>, Problem> {
    let found = revisions::find(catalogue.database.read(), id, version).await?;
    let mut revision = found.ok_or_else(no_such_revision)?;
    let film = revision.film.take();
    Ok(Json(RevisionDetail { summary: RevisionSummary::new(revision), film }))
}
