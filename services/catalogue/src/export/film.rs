//! A film as the import reads it again: the same names, nothing left out.

use std::{borrow::Cow, collections::HashMap};

use kino_domain::{AccessLevel, FilmId, PersonId};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    film::{Film, Kind, PersonRole},
    film_columns::WRITTEN,
};

/// A film, a field each for a key of a line or a column of a table.
#[derive(Serialize)]
pub(super) struct ExportedFilm<'a> {
    id: FilmId,
    kind: Kind,
    title_en: Option<&'a str>,
    title_ru: Option<&'a str>,
    original_title: Option<&'a str>,
    description_en: Option<&'a str>,
    description_ru: Option<&'a str>,
    year: Option<i32>,
    access: AccessLevel,
    rating_imdb: Option<f64>,
    votes_imdb: i64,
    runtime_min: Option<i32>,
    seasons: Option<i32>,
    episodes: Option<i32>,
    age_rating: Option<&'a str>,
    poster_url: Option<&'a str>,
    video_url: Option<&'a str>,
    countries: &'a [String],
    genres: Vec<Named<'a>>,
    keywords: &'a [String],
    directors: Vec<Named<'a>>,
    writers: Vec<Named<'a>>,
    actors: Vec<Named<'a>>,
}

/// A genre or a person.
#[derive(Serialize)]
struct Named<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_en: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_ru: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<&'a str>,
}

impl<'a> ExportedFilm<'a> {
    pub(super) fn new(film: &'a Film, source_ids: &'a HashMap<PersonId, String>) -> Self {
        let credited = |role: PersonRole| {
            let named = film.credited(role).map(|person| Named {
                id: person.id.0,
                name_en: person.full_name.en.as_deref(),
                name_ru: person.full_name.ru.as_deref(),
                source_id: source_ids.get(&person.id).map(String::as_str),
            });
            named.collect()
        };
        let genres = film.genres.iter().map(|genre| Named {
            id: genre.id.0,
            name_en: genre.name.en.as_deref(),
            name_ru: genre.name.ru.as_deref(),
            source_id: None,
        });
        Self {
            id: film.id,
            kind: film.kind,
            title_en: film.title.en.as_deref(),
            title_ru: film.title.ru.as_deref(),
            original_title: film.original_title.as_deref(),
            description_en: film.description.en.as_deref(),
            description_ru: film.description.ru.as_deref(),
            year: film.year,
            access: film.access,
            rating_imdb: film.imdb_rating,
            votes_imdb: film.votes,
            runtime_min: film.duration_minutes,
            seasons: film.seasons,
            episodes: film.episodes,
            age_rating: film.age_rating.as_deref(),
            poster_url: film.poster_url.as_deref(),
            video_url: film.video_url.as_deref(),
            countries: &film.countries,
            genres: genres.collect(),
            keywords: &film.keywords,
            directors: credited(PersonRole::Director),
            writers: credited(PersonRole::Writer),
            actors: credited(PersonRole::Actor),
        }
    }

    /// As a JSON object.
    pub(super) fn json(&self) -> String {
        // There is nothing in a film that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As the cells of a row, in the order of the columns; lists as JSON.
    pub(super) fn cells(&self) -> [Cow<'_, str>; WRITTEN.len()] {
        let text = |text: Option<&'a str>| Cow::from(text.unwrap_or_default());
        [
            self.id.to_string().into(),
            self.kind.code().into(),
            text(self.title_en),
            text(self.title_ru),
            text(self.original_title),
            text(self.description_en),
            text(self.description_ru),
            number(self.year),
            self.access.code().into(),
            number(self.rating_imdb),
            number(Some(self.votes_imdb)),
            number(self.runtime_min),
            number(self.seasons),
            number(self.episodes),
            text(self.age_rating),
            text(self.poster_url),
            text(self.video_url),
            list(self.countries),
            list(&self.genres),
            list(self.keywords),
            list(&self.directors),
            list(&self.writers),
            list(&self.actors),
        ]
    }
}

fn number<T: ToString>(number: Option<T>) -> Cow<'static, str> {
    number.map(|number| number.to_string()).unwrap_or_default().into()
}

fn list<T: Serialize>(entries: &[T]) -> Cow<'static, str> {
    if entries.is_empty() {
        Cow::default()
    } else {
        serde_json::to_string(entries).unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::generate;

    #[test]
    fn lines_and_rows_say_the_same_under_the_same_names() {
        let (film, none) = (generate::film(1, 1), HashMap::new());
        let exported = ExportedFilm::new(&film, &none);
        let line: HashMap<String, Value> = serde_json::from_str(&exported.json()).unwrap();
        assert_eq!(line.len(), WRITTEN.len());
        for (name, cell) in WRITTEN.into_iter().zip(exported.cells()) {
            let cell = match &line[name] {
                Value::Null => {
                    assert_eq!(cell, "", "{name}");
                    continue;
                }
                Value::String(_) => Value::String(cell.into_owned()),
                _ => serde_json::from_str(&cell).unwrap(),
            };
            assert_eq!(cell, line[name], "{name}");
        }
    }
}
