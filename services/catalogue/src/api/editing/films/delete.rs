//! `DELETE /films/{id}`: a film goes; its revisions stay, and can bring it back.

use axum::extract::State;
use http::StatusCode;
use kino_domain::FilmId;
use kino_http::{IfMatch, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::change;
use crate::Catalogue;

#[utoipa::path(
    delete,
    path = "/async/api/v1/films/{id}",
    tag = "administration",
    params(
        ("id" = FilmId, Path),
        IfMatch,
    ),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`film_not_found`", body = ProblemBody),
        (status = 412, description = "`film_changed`", body = ProblemBody),
    ),
)]
pub(crate) async fn delete(
    State(catalogue): State<Catalogue>,
    caller: Authorized<CrudFilms>,
    Path(id): Path<FilmId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    change::delete(&catalogue, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
