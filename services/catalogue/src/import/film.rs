//! A film as it is imported: what a source gave, checked.

use std::{collections::HashSet, hash::Hash};

use kino_domain::{AccessLevel, FilmId, GenreId, Localized, PersonId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    film::{Film, Kind, Person, PersonRole},
    film_content::FilmContent,
};

/// A film that may be imported. Its hash is made of the fields in this order: in another, every film of a catalogue would
/// seem to have changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ImportedFilm {
    pub(crate) id: FilmId,
    pub(crate) kind: Kind,
    pub(crate) title: Localized,
    pub(crate) original_title: Option<String>,
    pub(crate) description: Localized,
    pub(crate) year: Option<i32>,
    pub(crate) access: AccessLevel,
    pub(crate) imdb_rating: Option<f64>,
    pub(crate) votes: i64,
    pub(crate) duration_minutes: Option<i32>,
    pub(crate) seasons: Option<i32>,
    pub(crate) episodes: Option<i32>,
    pub(crate) age_rating: Option<String>,
    pub(crate) poster_url: Option<String>,
    pub(crate) video_url: Option<String>,
    pub(crate) countries: Vec<String>,
    pub(crate) genres: Vec<ImportedGenre>,
    pub(crate) keywords: Vec<String>,
    pub(crate) directors: Vec<ImportedPerson>,
    pub(crate) writers: Vec<ImportedPerson>,
    pub(crate) actors: Vec<ImportedPerson>,
    /// Equal hashes are equal films.
    #[serde(skip)]
    pub(crate) hash: [u8; 32],
}

/// A person as a source names them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct ImportedPerson {
    /// The person's id, where the source has ids of our kind.
    pub(crate) id: Option<Uuid>,
    pub(crate) name: Localized,
    /// The person's id at the source: two people can share a name.
    pub(crate) source_id: Option<String>,
}

/// A genre as a source names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ImportedGenre {
    /// The genre's id, where the source has ids of our kind.
    pub(crate) id: Option<Uuid>,
    pub(crate) name: Localized,
}

impl ImportedFilm {
    /// The film with its hash.
    pub(crate) fn hashed(mut self) -> Self {
        // There is nothing in a film that JSON cannot say.
        self.hash = Sha256::digest(serde_json::to_vec(&self).unwrap_or_default()).into();
        self
    }

    /// All who are named in its credits.
    pub(crate) fn people(&self) -> impl Iterator<Item = &ImportedPerson> {
        [&self.directors, &self.writers, &self.actors].into_iter().flatten()
    }

    /// What is said of the film, once its genres and people are found. Two names may be of one.
    pub(crate) fn into_content(
        self,
        genre: impl Fn(&ImportedGenre) -> Option<GenreId>,
        person: impl Fn(&ImportedPerson) -> Option<PersonId>,
    ) -> FilmContent {
        let people = |people: Vec<ImportedPerson>| once_each(people.iter().filter_map(&person));
        FilmContent {
            title: self.title,
            original_title: self.original_title,
            description: self.description,
            kind: self.kind,
            year: self.year,
            access: self.access,
            imdb_rating: self.imdb_rating,
            genres: once_each(self.genres.iter().filter_map(genre)),
            directors: people(self.directors),
            writers: people(self.writers),
            actors: people(self.actors),
            countries: once_each(self.countries.into_iter()),
            duration_minutes: self.duration_minutes,
            seasons: self.seasons,
            episodes: self.episodes,
            keywords: self.keywords,
            age_rating: self.age_rating,
            poster_url: self.poster_url,
            video_url: self.video_url,
        }
    }
}

/// A film that need not be checked.
impl From<Film> for ImportedFilm {
    fn from(film: Film) -> Self {
        let credited = |role: PersonRole| film.credited(role).cloned().map(ImportedPerson::from).collect();
        let imported = Self {
            directors: credited(PersonRole::Director),
            writers: credited(PersonRole::Writer),
            actors: credited(PersonRole::Actor),
            id: film.id,
            kind: film.kind,
            title: film.title,
            original_title: film.original_title,
            description: film.description,
            year: film.year,
            access: film.access,
            imdb_rating: film.imdb_rating,
            votes: film.votes,
            duration_minutes: film.duration_minutes,
            seasons: film.seasons,
            episodes: film.episodes,
            age_rating: film.age_rating,
            poster_url: film.poster_url,
            video_url: film.video_url,
            countries: film.countries,
            genres: film
                .genres
                .into_iter()
                .map(|genre| ImportedGenre { id: Some(genre.id.0), name: genre.name })
                .collect(),
            keywords: film.keywords,
            hash: [0; 32],
        };
        imported.hashed()
    }
}

impl From<Person> for ImportedPerson {
    fn from(person: Person) -> Self {
        Self { id: Some(person.id.0), name: person.full_name, source_id: None }
    }
}

fn once_each<T: Clone + Eq + Hash>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    items.filter(|item| seen.insert(item.clone())).collect()
}
