//! `GET /films/{id}/edit`: a film in both languages, as it can be sent back.

use axum::extract::State;
use kino_domain::FilmId;
use kino_http::{Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::{super::tag::Tagged, problems::not_found, view::EditedFilm};
use crate::{Catalogue, store::films};

#[utoipa::path(
    get,
    path = "/async/api/v1/films/{id}/edit",
    tag = "administration",
    params(("id" = FilmId, Path)),
    security(("access_token" = [])),
    responses(
        (
            status = 200,
            description = "The film",
            body = EditedFilm,
            headers(("ETag" = String, description = "Its version, for `If-Match`")),
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`film_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn edit(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<FilmId>,
) -> Result<Tagged<EditedFilm>, Problem> {
    let film = films::find_unscoped(catalogue.database.read(), id).await?.ok_or_else(not_found)?;
    EditedFilm::of(&film).tagged()
}
