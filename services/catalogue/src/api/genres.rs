//! `GET /genres`, `GET /genres/{id}`.

use axum::extract::State;
use kino_domain::GenreId;
use kino_http::{Json, Page, PageQuery, Path, Problem, ProblemBody, RequestLanguage};

use super::film_views::GenreView;
use crate::{Catalogue, store::genres};

pub(super) fn not_found() -> Problem {
    Problem::not_found("genre_not_found", "Такого жанра нет.", "There is no such genre.")
}

#[utoipa::path(
    get,
    path = "/async/api/v1/genres",
    tag = "genres",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of genres", body = Page<GenreView>),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(catalogue): State<Catalogue>,
    RequestLanguage(language): RequestLanguage,
    page: PageQuery,
) -> Result<Json<Page<GenreView>>, Problem> {
    let (genres, total) = genres::page(catalogue.database.read(), page).await?;
    let items = genres.iter().map(|genre| GenreView::new(genre, language)).collect();
    Ok(Json(page.page(items, total)))
}

#[utoipa::path(
    get,
    path = "/async/api/v1/genres/{id}",
    tag = "genres",
    params(("id" = GenreId, Path)),
    responses(
        (status = 200, description = "The genre", body = GenreView),
        (status = 404, description = "`genre_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn detail(
    State(catalogue): State<Catalogue>,
    RequestLanguage(language): RequestLanguage,
    Path(id): Path<GenreId>,
) -> Result<Json<GenreView>, Problem> {
    let genre = genres::find(catalogue.database.read(), id).await?.ok_or_else(not_found)?;
    Ok(Json(GenreView::new(&genre, language)))
}
