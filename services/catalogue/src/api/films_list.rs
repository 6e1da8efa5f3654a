//! `GET /films`: films that the caller may see, by page.

use std::sync::Arc;

use axum::extract::State;
use kino_domain::Language;
use kino_http::{Json, Page, PageQuery, Problem, ProblemBody, Query, RequestLanguage};
use kino_token::Caller;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{film_filter::FilmFilterQuery, film_views::FilmSummary};
use crate::{
    Catalogue,
    catalogue::visible_to,
    film::Film,
    search::{DEEPEST, Order, PageStart, Wanted, WantedFacets},
    store::films::{self, FilmFilter},
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

impl Sort {
    /// In the caller's language.
    pub(super) const fn order(self, language: Language) -> Order {
        match self {
            Self::BestRated => Order::BestRated,
            Self::WorstRated => Order::WorstRated,
            Self::Newest => Order::Newest,
            Self::Title => Order::Title(language),
            Self::MostPopular => Order::MostPopular,
        }
    }
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
    let wanted = Wanted {
        query: String::new(),
        visible: filter.visible.clone(),
        // What is visible is narrowed to the level asked for.
        access: None,
        genres: filter.genres.clone(),
        person: filter.person,
        country: filter.country.clone(),
        year_from: filter.year_from,
        year_to: filter.year_to,
        order: sort.order(language),
        start: PageStart::Offset(page.offset()),
        limit: usize::try_from(page.limit()).unwrap_or(usize::MAX),
        facets: WantedFacets::default(),
    };
    let in_sql = FilmFilter {
        visible: filter.visible.clone(),
        genres: filter.genres,
        person: filter.person,
        year_from: filter.year_from,
        year_to: filter.year_to,
        country: filter.country,
    };
    let (read, order) = (catalogue.database.read(), sort.order(language));
    // The index counts and sorts a million films in milliseconds; the database does not, and is asked for pages deeper than
    // the index goes; and for all where there is none to ask (it is being built, its server is away).
    let (films, total) = match catalogue.index.search(wanted).await {
        Ok(found) if page.offset() < DEEPEST || page.offset() >= found.total => {
            (catalogue.listed(&found.films, &filter.visible).await?, found.total)
        }
        Ok(found) => (shared(films::page_of(read, &in_sql, order, page).await?), found.total),
        Err(_) => {
            let (films, total) = films::page(read, &in_sql, order, page).await?;
            (shared(films), total)
        }
    };
    let items = films.iter().map(|film| FilmSummary::new(film, language)).collect();
    Ok(Json(page.page(items, total)))
}

fn shared(films: Vec<Film>) -> Vec<Arc<Film>> {
    films.into_iter().map(Arc::new).collect()
}
