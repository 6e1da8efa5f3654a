//! `GET /films/search`: films by relevance, through typos and in either alphabet.

use axum::extract::State;
use kino_domain::tidy;
use kino_http::{FieldError, Json, Page, PageQuery, Problem, ProblemBody, Query, RequestLanguage};
use kino_token::Caller;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{film_filter::FilmFilterQuery, film_views::FilmSummary};
use crate::{
    Catalogue,
    catalogue::visible_to,
    search::{IndexError, Order, PageStart, Wanted, WantedFacets},
    store::films,
};

const QUERY_LONGEST: usize = 500;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Words of a title, a person, a genre or the description; an empty query finds every film.
    #[param(example = "звездные вйоны")]
    query: String,
}

impl From<IndexError> for Problem {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Building => being_built(),
            IndexError::Cursor => {
                let (ru, en) =
                    ("Этот указатель не от такого запроса.", "The cursor is not one of this search.");
                Self::invalid(vec![FieldError::new("cursor", "invalid", ru, en)])
            }
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

#[utoipa::path(
    get,
    path = "/async/api/v1/films/search",
    tag = "films",
    params(SearchQuery, FilmFilterQuery, PageQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "A page of films, the most relevant first", body = Page<FilmSummary>),
        (status = 401, description = "A bad token", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
        (status = 503, description = "The index is being built", body = ProblemBody),
    ),
)]
pub(crate) async fn search(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Query(SearchQuery { query }): Query<SearchQuery>,
    Query(filter): Query<FilmFilterQuery>,
    page: PageQuery,
) -> Result<Json<Page<FilmSummary>>, Problem> {
    let query = tidy(&query);
    if query.chars().count() > QUERY_LONGEST {
        let (ru, en) = ("Не более 500 знаков.", "At most 500 characters.");
        return Err(Problem::invalid(vec![FieldError::new("query", "length", ru, en)]));
    }
    let visible = visible_to(&caller);
    let filter = filter.check(visible.clone())?;
    let wanted = Wanted {
        query,
        visible: filter.visible,
        access: None,
        genres: filter.genres,
        person: filter.person,
        country: filter.country,
        year_from: filter.year_from,
        year_to: filter.year_to,
        order: Order::Relevance,
        start: PageStart::Offset(page.offset()),
        limit: usize::try_from(page.limit()).unwrap_or(usize::MAX),
        facets: WantedFacets::default(),
    };
    let found = catalogue.index.search(wanted).await?;
    // The index may lag a moment behind the database: the rule is asked again of what is there now.
    let films = films::find_visible(catalogue.database.read(), &found.films, &visible).await?;
    let items = films.iter().map(|film| FilmSummary::new(film, language)).collect();
    Ok(Json(page.page(items, found.total)))
}
