//! `GET /films`: films that the caller may see, by page.

use std::sync::Arc;

use axum::extract::State;
use kino_domain::Language;
use kino_http::{Fields, Json, PageQuery, Problem, ProblemBody, Query, RequestLanguage};
use kino_token::Caller;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    film_filter::{CheckedFilter, FilmFilterQuery},
    film_paging::{CursorQuery, by_offset, too_deep},
    film_views::FilmSummary,
};
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

/// A page of films.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedFilms {
    items: Vec<FilmSummary>,
    /// How many there are in all.
    total: u64,
    /// None of a page that a cursor led to.
    page_number: Option<u32>,
    page_size: u32,
    /// Where the next page begins; none on the last one.
    next_cursor: Option<String>,
}

#[utoipa::path(
    get,
    path = "/async/api/v1/films",
    tag = "films",
    params(SortQuery, FilmFilterQuery, CursorQuery, PageQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "A page of films; a page past the end is empty", body = ListedFilms),
        (status = 401, description = "A bad token", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
        (status = 503, description = "`index_building`: pages by cursor wait for it", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Query(SortQuery { sort }): Query<SortQuery>,
    Query(filter): Query<FilmFilterQuery>,
    Query(cursor): Query<CursorQuery>,
    page: PageQuery,
) -> Result<Json<ListedFilms>, Problem> {
    let mut fields = Fields::new();
    let start = cursor.start(page, &mut fields);
    fields.finish()?;
    let offset = match start {
        PageStart::Offset(offset) => Some(offset),
        PageStart::Cursor(_) => None,
    };
    let (filter, order) = (filter.check(visible_to(&caller))?, sort.order(language));
    let wanted = Wanted {
        query: String::new(),
        visible: filter.visible.clone(),
        access: filter.access,
        genres: filter.genres.clone(),
        person: filter.person,
        country: filter.country.clone(),
        year_from: filter.year_from,
        year_to: filter.year_to,
        order,
        start,
        limit: usize::try_from(page.limit()).unwrap_or(usize::MAX),
        facets: WantedFacets::default(),
    };
    // The index counts and sorts a million films in milliseconds; the database does not, and is asked where there is none to
    // ask: it is being built, its server is away.
    let (films, total, next_cursor) = match catalogue.index.search(wanted).await {
        Ok(found) => (catalogue.listed(&found.films, &filter.visible).await?, found.total, found.next),
        Err(error) => match offset {
            Some(offset) => in_database(&catalogue, filter, order, (offset, page.limit())).await?,
            None => return Err(error.into()),
        },
    };
    if offset.is_some_and(|offset| offset >= DEEPEST && offset < total) {
        return Err(too_deep());
    }
    Ok(Json(ListedFilms {
        items: films.iter().map(|film| FilmSummary::new(film, language)).collect(),
        total,
        page_number: cursor.number(page),
        page_size: page.page_size,
        next_cursor,
    }))
}

async fn in_database(
    catalogue: &Catalogue,
    filter: CheckedFilter,
    order: Order,
    page: (u64, u64),
) -> Result<(Vec<Arc<Film>>, u64, Option<String>), Problem> {
    let filter = FilmFilter {
        visible: filter.visible,
        genres: filter.genres,
        person: filter.person,
        year_from: filter.year_from,
        year_to: filter.year_to,
        country: filter.country,
    };
    let (films, total) = films::page(catalogue.database.read(), &filter, order, page, DEEPEST).await?;
    let end = page.0.saturating_add(films.len() as u64);
    let next_cursor = (!films.is_empty() && end < total).then(|| by_offset(end));
    Ok((films.into_iter().map(Arc::new).collect(), total, next_cursor))
}
