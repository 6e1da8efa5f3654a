//! `GET /films`: films that the caller may see, by page.

use axum::extract::State;
use kino_http::{Json, Page, PageQuery, Problem, ProblemBody, Query, RequestLanguage};
use kino_token::Caller;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{film_filter::FilmFilterQuery, film_views::FilmSummary};
use crate::{
    Catalogue,
    catalogue::visible_to,
    store::films::{self, FilmFilter, FilmSort},
};

/// In which order.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
pub(crate) enum Sort {
    #[default]
    #[serde(rename = "-imdb_rating")]
    BestRated,
    #[serde(rename = "imdb_rating")]
    WorstRated,
    #[serde(rename = "-year")]
    Newest,
    #[serde(rename = "title")]
    Title,
    #[serde(rename = "-popularity")]
    MostPopular,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SortQuery {
    #[serde(default)]
    #[param(inline, default = "-imdb_rating")]
    sort: Sort,
}

#[utoipa::path(
    get,
    path = "/async/api/v1/films",
    tag = "films",
    params(SortQuery, FilmFilterQuery, PageQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "A page of films; a page past the end is empty", body = Page<FilmSummary>),
        (status = 401, description = "A bad token", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Query(SortQuery { sort }): Query<SortQuery>,
    Query(filter): Query<FilmFilterQuery>,
    page: PageQuery,
) -> Result<Json<Page<FilmSummary>>, Problem> {
    let filter = filter.check(visible_to(&caller))?;
    let filter = FilmFilter {
        visible: filter.visible,
        genres: filter.genres,
        person: filter.person,
        year_from: filter.year_from,
        year_to: filter.year_to,
        country: filter.country,
    };
    let sort = match sort {
        Sort::BestRated => FilmSort::BestRated,
        Sort::WorstRated => FilmSort::WorstRated,
        Sort::Newest => FilmSort::Newest,
        Sort::Title => FilmSort::Title(language),
        Sort::MostPopular => FilmSort::MostPopular,
    };
    let (films, total) = films::page(catalogue.database.read(), &filter, sort, page).await?;
    let items = films.iter().map(|film| FilmSummary::new(film, language)).collect();
    Ok(Json(page.page(items, total)))
}
