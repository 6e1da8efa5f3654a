//! `PUT /films/{id}`: a film becomes what is sent.

use axum::extract::State;
use kino_domain::FilmId;
use kino_http::{IfMatch, Json, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::{super::tag::Tagged, change, view::EditedFilm};
use crate::{Catalogue, film_draft::FilmDraft, revision::Action};

#[utoipa::path(
    put,
    path = "/async/api/v1/films/{id}",
    tag = "administration",
    params(
        ("id" = FilmId, Path),
        IfMatch,
    ),
    request_body = FilmDraft,
    security(("access_token" = [])),
    responses(
        (
            status = 200,
            description = "Replaced; what is left out is none. Where nothing changes, the version stays",
            body = EditedFilm,
            headers(("ETag" = String, description = "Its version, for `If-Match`")),
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`film_not_found`", body = ProblemBody),
        (status = 412, description = "`film_changed`", body = ProblemBody),
        (status = 422, description = "Fields are wrong; all of them are named", body = ProblemBody),
    ),
)]
pub(crate) async fn replace(
    State(catalogue): State<Catalogue>,
    caller: Authorized<CrudFilms>,
    Path(id): Path<FilmId>,
    if_match: IfMatch,
    Json(draft): Json<FilmDraft>,
) -> Result<Tagged<EditedFilm>, Problem> {
    let content = draft.check()?;
    change::change(&catalogue, &caller, id, &if_match, Action::Replaced, |_| Ok(content)).await?.tagged()
}
