//! `DELETE /genres/{id}`: a genre that no film is of goes.

use axum::extract::State;
use http::StatusCode;
use kino_domain::GenreId;
use kino_http::{IfMatch, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::draft::require;
use crate::{Catalogue, api::genres::not_found, store::editing::genres};

fn in_use(films: u64) -> Problem {
    Problem::conflict(
        "genre_in_use",
        format!("Фильмов этого жанра: {films}. Сначала уберите его у них."),
        format!("Films of this genre: {films}. Take it away from them first."),
    )
}

#[utoipa::path(
    delete,
    path = "/async/api/v1/genres/{id}",
    tag = "administration",
    params(
        ("id" = GenreId, Path),
        IfMatch,
    ),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`genre_not_found`", body = ProblemBody),
        (status = 409, description = "`genre_in_use`; the detail says by how many films", body = ProblemBody),
        (status = 412, description = "`genre_changed`", body = ProblemBody),
    ),
)]
pub(crate) async fn delete(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<GenreId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let tx = catalogue.database.begin().await?;
    let genre = genres::lock(&tx, id).await?.ok_or_else(not_found)?;
    require(&if_match, &genre)?;
    match genres::count_films(&tx, id).await? {
        0 => genres::delete(&tx, id).await?,
        films => return Err(in_use(films)),
    }
    catalogue.commit(tx, &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
