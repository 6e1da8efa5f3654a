//! `GET /persons`, `/persons/search`, `/persons/{id}`, `/persons/{id}/films`.

use axum::extract::State;
use kino_domain::{AccessLevel, FilmId, Language, PersonId, tidy};
use kino_http::{FieldError, Json, Page, PageQuery, Path, Problem, ProblemBody, Query, RequestLanguage};
use kino_token::Caller;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::film_views::{FilmSummary, PersonView};
use crate::{
    Catalogue,
    catalogue::visible_to,
    film::{Person, PersonRole},
    search::{DEEPEST, Order, PersonsWanted},
    store::{
        films::{self, FilmFilter},
        persons::{self, Filmography},
    },
};

const QUERY_LONGEST: usize = 200;

/// A person and the films that the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonDetail {
    #[serde(flatten)]
    person: PersonView,
    /// The best known first.
    films: Vec<PersonFilm>,
}

/// What a person did for a film.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonFilm {
    id: FilmId,
    title: String,
    roles: Vec<PersonRole>,
}

impl PersonFilm {
    fn new(film: Filmography, language: Language) -> Self {
        let title = film.title.get(language).map(str::to_owned).or(film.original_title);
        Self { id: film.film_id, title: title.unwrap_or_else(|| "—".to_owned()), roles: film.roles }
    }
}

pub(super) fn not_found() -> Problem {
    Problem::not_found("person_not_found", "Такого человека нет.", "There is no such person.")
}

async fn with_films(
    connection: &impl ConnectionTrait,
    people: Vec<Person>,
    visible: &[AccessLevel],
    language: Language,
) -> Result<Vec<PersonDetail>, Problem> {
    let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
    let mut filmographies = persons::filmographies(connection, &ids, visible).await?;
    let detail = |person: Person| {
        let films = filmographies.remove(&person.id).unwrap_or_default();
        PersonDetail {
            person: PersonView::new(&person, language),
            films: films.into_iter().map(|film| PersonFilm::new(film, language)).collect(),
        }
    };
    Ok(people.into_iter().map(detail).collect())
}

#[utoipa::path(
    get,
    path = "/async/api/v1/persons",
    tag = "persons",
    params(PageQuery),
    security((), ("access_token" = [])),
    responses((status = 200, description = "A page of persons, by name", body = Page<PersonDetail>)),
)]
pub(crate) async fn list(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    page: PageQuery,
) -> Result<Json<Page<PersonDetail>>, Problem> {
    let read = catalogue.database.read();
    let (people, total) = persons::page(read, page).await?;
    let items = with_films(read, people, &visible_to(&caller), language).await?;
    Ok(Json(page.page(items, total)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PersonSearchQuery {
    /// Words of a name, in either language, perhaps unfinished or misspelt; an empty query finds everyone.
    #[param(example = "тарков")]
    query: String,
}

#[utoipa::path(
    get,
    path = "/async/api/v1/persons/search",
    tag = "persons",
    params(PersonSearchQuery, PageQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "A page of persons, the best matches first", body = Page<PersonDetail>),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
        (status = 503, description = "`index_building`", body = ProblemBody),
    ),
)]
pub(crate) async fn search(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Query(PersonSearchQuery { query }): Query<PersonSearchQuery>,
    page: PageQuery,
) -> Result<Json<Page<PersonDetail>>, Problem> {
    let query = tidy(&query);
    if query.chars().count() > QUERY_LONGEST {
        let (ru, en) = ("Не более 200 знаков.", "At most 200 characters.");
        return Err(Problem::invalid(vec![FieldError::new("query", "length", ru, en)]));
    }
    let (read, visible) = (catalogue.database.read(), visible_to(&caller));
    let (people, total) = if query.is_empty() {
        persons::page(read, page).await?
    } else {
        let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
        let wanted = PersonsWanted { query, visible: visible.clone(), offset: page.offset(), limit };
        let (ids, total) = catalogue.index.find_persons(wanted).await?;
        if page.offset() >= DEEPEST && page.offset() < total {
            let (ru, en) = (
                "Доступны первые 10 000 имён; уточните запрос.",
                "The first 10,000 names can be had; ask more closely.",
            );
            return Err(Problem::invalid(vec![FieldError::new("page_number", "too_deep", ru, en)]));
        }
        (persons::find_many(read, &ids).await?, total)
    };
    let items = with_films(read, people, &visible, language).await?;
    Ok(Json(page.page(items, total)))
}

#[utoipa::path(
    get,
    path = "/async/api/v1/persons/{id}",
    tag = "persons",
    params(("id" = PersonId, Path)),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "The person", body = PersonDetail),
        (status = 404, description = "`person_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn detail(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Path(id): Path<PersonId>,
) -> Result<Json<PersonDetail>, Problem> {
    let read = catalogue.database.read();
    let person = persons::find(read, id).await?.ok_or_else(not_found)?;
    let mut details = with_films(read, vec![person], &visible_to(&caller), language).await?;
    details.pop().map(Json).ok_or_else(not_found)
}

#[utoipa::path(
    get,
    path = "/async/api/v1/persons/{id}/films",
    tag = "persons",
    params(("id" = PersonId, Path), PageQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "A page of the person's films, the best known first", body = Page<FilmSummary>),
        (status = 404, description = "`person_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn films(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Path(id): Path<PersonId>,
    page: PageQuery,
) -> Result<Json<Page<FilmSummary>>, Problem> {
    let read = catalogue.database.read();
    persons::find(read, id).await?.ok_or_else(not_found)?;
    let filter = FilmFilter { visible: visible_to(&caller), person: Some(id), ..FilmFilter::default() };
    let (films, total) =
        films::page(read, &filter, Order::MostPopular, (page.offset(), page.limit()), DEEPEST).await?;
    let items = films.iter().map(|film| FilmSummary::new(film, language)).collect();
    Ok(Json(page.page(items, total)))
}
