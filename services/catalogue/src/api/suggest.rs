//! `GET /suggest`: films and persons, as one types.

use std::collections::HashMap;

use axum::extract::State;
use kino_domain::{FilmId, PersonId, tidy};
use kino_http::{FieldError, Json, Problem, ProblemBody, Query, RequestLanguage};
use kino_token::Caller;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::film_views::{FilmSummary, PersonView};
use crate::{
    Catalogue,
    catalogue::visible_to,
    search::{SuggestWanted, Suggested},
    store::persons,
};

const QUERY_LONGEST: usize = 200;
const SUGGESTIONS: usize = 10;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuggestQuery {
    /// The beginning of a title or a name.
    #[param(example = "матр")]
    query: String,
}

/// What may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestions {
    /// The best known first, at most 10.
    items: Vec<Suggestion>,
}

/// A film or a person that may be meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    #[serde(rename = "type")]
    kind: SuggestionKind,
    /// Of the film or the person.
    id: Uuid,
    /// The title or the name, in the caller's language where there is one in it.
    #[schema(example = "Матрица")]
    text: String,
    /// Of a film.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1999)]
    year: Option<i32>,
    /// Of a film.
    #[serde(skip_serializing_if = "Option::is_none")]
    poster_url: Option<String>,
}

/// What is suggested.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SuggestionKind {
    Film,
    Person,
}

impl From<FilmSummary> for Suggestion {
    fn from(film: FilmSummary) -> Self {
        let FilmSummary { id, title, year, poster_url, .. } = film;
        Self { kind: SuggestionKind::Film, id: id.0, text: title, year, poster_url: Some(poster_url) }
    }
}

impl From<PersonView> for Suggestion {
    fn from(person: PersonView) -> Self {
        let PersonView { id, full_name } = person;
        Self { kind: SuggestionKind::Person, id: id.0, text: full_name, year: None, poster_url: None }
    }
}

#[utoipa::path(
    get,
    path = "/async/api/v1/suggest",
    tag = "films",
    params(SuggestQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "Films and persons", body = Suggestions),
        (status = 401, description = "A bad token", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
        (status = 503, description = "`index_building`", body = ProblemBody),
    ),
)]
pub(crate) async fn suggest(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Query(SuggestQuery { query }): Query<SuggestQuery>,
) -> Result<Json<Suggestions>, Problem> {
    let query = tidy(&query);
    if query.chars().count() > QUERY_LONGEST {
        let (ru, en) = ("Не более 200 знаков.", "At most 200 characters.");
        return Err(Problem::invalid(vec![FieldError::new("query", "length", ru, en)]));
    }
    let visible = visible_to(&caller);
    let wanted = SuggestWanted { query, visible: visible.clone(), limit: SUGGESTIONS };
    let suggested = catalogue.index.suggest(wanted).await?;
    let (mut film_ids, mut person_ids): (Vec<FilmId>, Vec<PersonId>) = Default::default();
    for suggested in &suggested {
        match suggested {
            Suggested::Film(id) => film_ids.push(*id),
            Suggested::Person(id) => person_ids.push(*id),
        }
    }
    let read = catalogue.database.read();
    let films = async { catalogue.listed(&film_ids, &visible).await.map_err(Problem::from) };
    let persons = async { persons::find_many(read, &person_ids).await.map_err(Problem::from) };
    let (films, persons) = tokio::try_join!(films, persons)?;
    let films = films.iter().map(|film| (film.id, FilmSummary::new(film, language)));
    let mut films: HashMap<FilmId, FilmSummary> = films.collect();
    let persons = persons.iter().map(|person| (person.id, PersonView::new(person, language)));
    let mut persons: HashMap<PersonId, PersonView> = persons.collect();
    let items = suggested.into_iter().filter_map(|suggested| match suggested {
        Suggested::Film(id) => films.remove(&id).map(Suggestion::from),
        Suggested::Person(id) => persons.remove(&id).map(Suggestion::from),
    });
    Ok(Json(Suggestions { items: items.collect() }))
}
