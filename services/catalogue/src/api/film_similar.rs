//! `GET /films/{id}/similar`: films like this one, if the caller may see it.

use axum::extract::State;
use kino_domain::FilmId;
use kino_http::{Json, Path, Problem, ProblemBody, RequestLanguage};
use kino_token::Caller;
use serde::Serialize;
use utoipa::ToSchema;

use super::{film_detail::not_found, film_views::FilmSummary};
use crate::{
    Catalogue,
    catalogue::{admit, visible_to},
    store::films,
};

const FILMS: usize = 20;

/// Films like another one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarFilms {
    /// The most alike first, at most 20.
    items: Vec<FilmSummary>,
}

#[utoipa::path(
    get,
    path = "/async/api/v1/films/{id}/similar",
    tag = "films",
    params(("id" = FilmId, Path)),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "Films that share people, genres or their matter", body = SimilarFilms),
        (status = 401, description = "A bad token", body = ProblemBody),
        (status = 403, description = "`film_requires_subscription` or `film_archived`", body = ProblemBody),
        (status = 404, description = "`film_not_found`", body = ProblemBody),
        (status = 503, description = "`index_building`", body = ProblemBody),
    ),
)]
pub(crate) async fn similar(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Path(id): Path<FilmId>,
) -> Result<Json<SimilarFilms>, Problem> {
    let read = catalogue.database.read();
    let film = films::find_unscoped(read, id).await?.ok_or_else(not_found)?;
    admit(&caller, film.access)?;
    let visible = visible_to(&caller);
    let similar = catalogue.index.similar(&film, visible.clone(), FILMS).await?;
    let films = catalogue.listed(&similar, &visible).await?;
    Ok(Json(SimilarFilms { items: films.iter().map(|film| FilmSummary::new(film, language)).collect() }))
}
