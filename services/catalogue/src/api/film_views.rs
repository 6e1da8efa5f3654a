//! Films as clients see them, in one language.

use chrono::{DateTime, Utc};
use kino_domain::{AccessLevel, FilmId, GenreId, Language, PersonId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::film::{Film, Genre, Kind, Person, PersonRole};

/// A film in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilmSummary {
    pub(crate) id: FilmId,
    /// In the caller's language where there is a title in it, else in the other.
    #[schema(example = "Солярис")]
    pub(crate) title: String,
    #[schema(example = "Солярис")]
    original_title: Option<String>,
    #[schema(example = 1972)]
    pub(crate) year: Option<i32>,
    /// From 0 to 10.
    #[schema(example = 7.9)]
    imdb_rating: Option<f64>,
    access: AccessLevel,
    genres: Vec<GenreView>,
    pub(crate) poster_url: String,
    #[schema(example = "12+")]
    age_rating: Option<String>,
}

/// A film with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilmDetail {
    #[serde(flatten)]
    summary: FilmSummary,
    description: Option<String>,
    kind: Kind,
    #[schema(example = 167)]
    duration_minutes: Option<i32>,
    /// Of a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    seasons: Option<i32>,
    /// Of a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    episodes: Option<i32>,
    /// ISO 3166-1 codes.
    #[schema(example = json!(["SU"]))]
    countries: Vec<String>,
    directors: Vec<PersonView>,
    writers: Vec<PersonView>,
    /// In billing order.
    actors: Vec<PersonView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video_url: Option<String>,
    updated_at: DateTime<Utc>,
}

/// A genre, in one language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GenreView {
    pub(crate) id: GenreId,
    #[schema(example = "фантастика")]
    pub(crate) name: String,
}

/// A person, in one language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    pub(crate) id: PersonId,
    #[schema(example = "Андрей Тарковский")]
    pub(crate) full_name: String,
}

impl FilmSummary {
    pub(crate) fn new(film: &Film, language: Language) -> Self {
        let title = film.title.get(language).or(film.original_title.as_deref());
        Self {
            id: film.id,
            title: title.unwrap_or("—").to_owned(),
            original_title: film.original_title.clone(),
            year: film.year,
            imdb_rating: film.imdb_rating,
            access: film.access,
            genres: film.genres.iter().map(|genre| GenreView::new(genre, language)).collect(),
            poster_url: film
                .poster_url
                .clone()
                .unwrap_or_else(|| format!("/async/api/v1/films/{}/poster.svg", film.id)),
            age_rating: film.age_rating.clone(),
        }
    }
}

impl FilmDetail {
    pub(crate) fn new(film: &Film, language: Language) -> Self {
        let people = |role| film.credited(role).map(|person| PersonView::new(person, language)).collect();
        Self {
            summary: FilmSummary::new(film, language),
            description: film.description.get(language).map(str::to_owned),
            kind: film.kind,
            duration_minutes: film.duration_minutes,
            seasons: film.seasons,
            episodes: film.episodes,
            countries: film.countries.clone(),
            directors: people(PersonRole::Director),
            writers: people(PersonRole::Writer),
            actors: people(PersonRole::Actor),
            video_url: film.video_url.clone(),
            updated_at: film.updated_at,
        }
    }
}

impl GenreView {
    pub(crate) fn new(genre: &Genre, language: Language) -> Self {
        Self { id: genre.id, name: genre.name.get(language).unwrap_or("—").to_owned() }
    }
}

impl PersonView {
    pub(crate) fn new(person: &Person, language: Language) -> Self {
        Self { id: person.id, full_name: person.full_name.get(language).unwrap_or("—").to_owned() }
    }
}
