//! `GET /films/search`: films by relevance, through typos and in either alphabet, with facets and highlights.

use axum::extract::State;
use kino_domain::{Language, tidy};
use kino_http::{FieldError, Fields, Json, PageQuery, Problem, ProblemBody, Query, RequestLanguage};
use kino_token::Caller;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    facet_views::{self, FacetViews},
    film_filter::FilmFilterQuery,
    film_paging::{CursorQuery, bad_cursor, too_deep},
    film_views::FilmSummary,
    films_list::Sort,
};
use crate::{
    Catalogue,
    catalogue::visible_to,
    film::Film,
    search::{DEEPEST, Highlighter, IndexError, Intent, Order, PageStart, Wanted},
};

const QUERY_LONGEST: usize = 500;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Words of a title, a person, a genre or the description; an empty query finds every film.
    #[param(example = "звездные вйоны")]
    query: String,
    /// By relevance when left out.
    #[param(inline)]
    sort: Option<Sort>,
    /// Facets to count, by commas: `genre`, `year`, `access`.
    #[serde(default)]
    #[param(example = "genre,year")]
    facets: String,
}

/// A page of films that were found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundFilms {
    items: Vec<FoundFilm>,
    /// How many were found in all.
    total: u64,
    /// None of a page that a cursor led to.
    page_number: Option<u32>,
    page_size: u32,
    /// Where the next page begins; none on the last one.
    next_cursor: Option<String>,
    /// Those asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<FacetViews>,
}

/// A film that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundFilm {
    #[serde(flatten)]
    summary: FilmSummary,
    highlight: Highlight,
}

/// What of a film answers the query: HTML, in which `<em>` alone is markup.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Highlight {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "<em>Солярис</em>")]
    title: Option<String>,
    /// About 200 characters around the first match.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl FoundFilm {
    fn new(film: &Film, language: Language, highlighter: Option<&mut Highlighter>) -> Self {
        let highlight = highlighter.map_or_else(Highlight::default, |highlighter| {
            let title = film.title.get(language).or(film.original_title.as_deref());
            Highlight {
                title: title.and_then(|title| highlighter.whole(title)),
                description: film.description.get(language).and_then(|text| highlighter.snippet(text)),
            }
        });
        Self { summary: FilmSummary::new(film, language), highlight }
    }
}

impl From<IndexError> for Problem {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Building => being_built(),
            IndexError::Cursor => Self::invalid(vec![bad_cursor()]),
            IndexError::Folder { .. }
            | IndexError::Server { .. }
            | IndexError::Replaced
            | IndexError::OpenSearch { .. }
            | IndexError::Tantivy(_) => Self::engine_down(&error),
        }
    }
}

fn being_built() -> Problem {
    Problem::unavailable(
        "index_building",
        "Поисковый индекс строится. Повторите запрос чуть позже.",
        "The search index is being built. Try again shortly.",
        2,
    )
}

/// Checks the query; all that is wrong is named at once.
fn check(
    query: &SearchQuery,
    visible: Vec<kino_domain::AccessLevel>,
    filter: FilmFilterQuery,
    language: Language,
    cursor: &CursorQuery,
    page: PageQuery,
) -> Result<Wanted, Problem> {
    let mut fields = Fields::new();
    let text = tidy(&query.query);
    if text.chars().count() > QUERY_LONGEST {
        let (ru, en) = ("Не более 500 знаков.", "At most 500 characters.");
        fields.wrong(FieldError::new("query", "length", ru, en));
    }
    let start = cursor.start(page, &mut fields);
    let facets = fields.check(facet_views::parse(&query.facets)).unwrap_or_default();
    fields.finish()?;
    let filter = filter.check(visible.clone())?;
    Ok(Wanted {
        query: text,
        visible,
        access: filter.access,
        genres: filter.genres,
        person: filter.person,
        country: filter.country,
        year_from: filter.year_from,
        year_to: filter.year_to,
        order: query.sort.map_or(Order::Relevance, |sort| sort.order(language)),
        start,
        limit: usize::try_from(page.limit()).unwrap_or(usize::MAX),
        facets,
    })
}

#[utoipa::path(
    get,
    path = "/async/api/v1/films/search",
    tag = "films",
    params(SearchQuery, FilmFilterQuery, CursorQuery, PageQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "A page of films, the most relevant first; a page past the end is empty", body = FoundFilms),
        (status = 401, description = "A bad token", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
        (status = 503, description = "`index_building`", body = ProblemBody),
    ),
)]
pub(crate) async fn search(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Query(query): Query<SearchQuery>,
    Query(filter): Query<FilmFilterQuery>,
    Query(cursor): Query<CursorQuery>,
    page: PageQuery,
) -> Result<Json<FoundFilms>, Problem> {
    let visible = visible_to(&caller);
    let wanted = check(&query, visible.clone(), filter, language, &cursor, page)?;
    let mut highlighter = Intent::of(&wanted.query).map(|intent| Highlighter::new(&intent));
    let facets = wanted.facets;
    let offset = match wanted.start {
        PageStart::Offset(offset) => Some(offset),
        PageStart::Cursor(_) => None,
    };
    let found = catalogue.index.search(wanted).await?;
    if offset.is_some_and(|offset| offset >= DEEPEST && offset < found.total) {
        return Err(too_deep());
    }
    let read = catalogue.database.read();
    // The index may lag a moment behind the database: the rule is asked again of what is there now.
    let films = catalogue.listed(&found.films, &visible).await?;
    Ok(Json(FoundFilms {
        items: films.iter().map(|film| FoundFilm::new(film, language, highlighter.as_mut())).collect(),
        total: found.total,
        page_number: cursor.number(page),
        page_size: page.page_size,
        next_cursor: found.next,
        facets: FacetViews::new(read, facets, found.facets, language).await?,
    }))
}
