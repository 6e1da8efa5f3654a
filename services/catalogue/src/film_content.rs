//! All that administrators say of a film: what they send, what they are shown, and what revisions keep.

use kino_domain::{AccessLevel, GenreId, Localized, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::film::{Film, Kind, PersonRole};

/// A film, in both languages, with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FilmContent {
    pub(crate) title: Localized,
    #[schema(example = "Солярис")]
    pub(crate) original_title: Option<String>,
    pub(crate) description: Localized,
    pub(crate) kind: Kind,
    #[schema(example = 1972)]
    pub(crate) year: Option<i32>,
    pub(crate) access: AccessLevel,
    #[schema(example = 7.9)]
    pub(crate) imdb_rating: Option<f64>,
    pub(crate) genres: Vec<GenreId>,
    pub(crate) directors: Vec<PersonId>,
    pub(crate) writers: Vec<PersonId>,
    /// In billing order.
    pub(crate) actors: Vec<PersonId>,
    /// ISO 3166-1 codes.
    #[schema(example = json!(["SU"]))]
    pub(crate) countries: Vec<String>,
    #[schema(example = 167)]
    pub(crate) duration_minutes: Option<i32>,
    /// Of a series.
    pub(crate) seasons: Option<i32>,
    /// Of a series.
    pub(crate) episodes: Option<i32>,
    pub(crate) keywords: Vec<String>,
    #[schema(example = "12+")]
    pub(crate) age_rating: Option<String>,
    pub(crate) poster_url: Option<String>,
    pub(crate) video_url: Option<String>,
}

impl FilmContent {
    pub(crate) fn of(film: &Film) -> Self {
        let people = |role| film.credited(role).map(|person| person.id).collect();
        let of_series = |count: Option<i32>| count.filter(|_| film.kind == Kind::Series);
        Self {
            title: film.title.clone(),
            original_title: film.original_title.clone(),
            description: film.description.clone(),
            kind: film.kind,
            year: film.year,
            access: film.access,
            imdb_rating: film.imdb_rating,
            genres: film.genres.iter().map(|genre| genre.id).collect(),
            directors: people(PersonRole::Director),
            writers: people(PersonRole::Writer),
            actors: people(PersonRole::Actor),
            countries: film.countries.clone(),
            duration_minutes: film.duration_minutes,
            // Imports may say them of a film too, where they mean nothing.
            seasons: of_series(film.seasons),
            episodes: of_series(film.episodes),
            keywords: film.keywords.clone(),
            age_rating: film.age_rating.clone(),
            poster_url: film.poster_url.clone(),
            video_url: film.video_url.clone(),
        }
    }

    /// Who did what, in the order of the film's credits.
    pub(crate) fn credits(&self) -> impl Iterator<Item = (PersonId, PersonRole)> {
        let directors = self.directors.iter().map(|person| (*person, PersonRole::Director));
        let writers = self.writers.iter().map(|person| (*person, PersonRole::Writer));
        let actors = self.actors.iter().map(|person| (*person, PersonRole::Actor));
        directors.chain(writers).chain(actors)
    }

    /// The names of the fields that differ.
    pub(crate) fn changed_since(&self, before: &Self) -> Vec<String> {
        let (Ok(serde_json::Value::Object(before)), Ok(serde_json::Value::Object(after))) =
            (serde_json::to_value(before), serde_json::to_value(self))
        else {
            return Vec::new();
        };
        after
            .into_iter()
            .filter(|(field, value)| before.get(field) != Some(value))
            .map(|(field, _)| field)
            .collect()
    }
}
