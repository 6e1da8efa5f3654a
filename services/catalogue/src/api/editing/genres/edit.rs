//! `GET /genres/{id}/edit`: a genre in both languages.

use axum::extract::State;
use kino_domain::GenreId;
use kino_http::{Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::{super::tag::Tagged, draft::EditedGenre};
use crate::{Catalogue, api::genres::not_found, store::genres};

#[utoipa::path(
    get,
    path = "/async/api/v1/genres/{id}/edit",
    tag = "administration",
    params(("id" = GenreId, Path)),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The genre", body = EditedGenre, headers(("ETag" = String, description = "For `If-Match`"))),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`genre_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn edit(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<GenreId>,
) -> Result<Tagged<EditedGenre>, Problem> {
    let genre = genres::find(catalogue.database.read(), id).await?.ok_or_else(not_found)?;
    EditedGenre::tagged(genre)
}
