//! What the catalogue speaks of: films, genres, persons.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kino_domain::{AccessLevel, FilmId, GenreId, Localized, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a film is one or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One film.
    #[default]
    Movie,
    /// A series of episodes.
    Series,
}

/// What a person did for a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PersonRole {
    /// Directed it.
    Director,
    /// Wrote it.
    Writer,
    /// Played in it.
    Actor,
}

/// A film with all that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Film {
    pub(crate) id: FilmId,
    pub(crate) kind: Kind,
    pub(crate) title: Localized,
    pub(crate) original_title: Option<String>,
    pub(crate) description: Localized,
    pub(crate) year: Option<i32>,
    pub(crate) access: AccessLevel,
    /// From 0 to 10.
    pub(crate) imdb_rating: Option<f64>,
    /// How many rated it: a measure of how widely it is known.
    pub(crate) votes: i64,
    pub(crate) duration_minutes: Option<i32>,
    /// Of a series; none for a film.
    pub(crate) seasons: Option<i32>,
    pub(crate) episodes: Option<i32>,
    pub(crate) age_rating: Option<String>,
    pub(crate) poster_url: Option<String>,
    pub(crate) video_url: Option<String>,
    /// ISO 3166-1 codes, or names where there is no code.
    pub(crate) countries: Vec<String>,
    pub(crate) genres: Vec<Genre>,
    /// What it is about, in either language, in no order.
    pub(crate) keywords: Vec<String>,
    pub(crate) people: Vec<Credit>,
    pub(crate) version: i64,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A genre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Genre {
    pub(crate) id: GenreId,
    pub(crate) name: Localized,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) full_name: Localized,
}

/// What a person did for a film; a film's credits come in billing order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credit {
    /// Shared by all films that they made, where many are read.
    pub(crate) person: Arc<Person>,
    pub(crate) role: PersonRole,
}

impl Kind {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Movie => "movie",
            Self::Series => "series",
        }
    }

    pub(crate) fn of_code(code: &str) -> Self {
        if code == "series" { Self::Series } else { Self::Movie }
    }
}

impl PersonRole {
    pub(crate) const ALL: [Self; 3] = [Self::Director, Self::Writer, Self::Actor];

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Director => "director",
            Self::Writer => "writer",
            Self::Actor => "actor",
        }
    }

    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

impl Film {
    /// The people who did this, in billing order.
    pub(crate) fn credited(&self, role: PersonRole) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(move |credit| credit.role == role).map(|credit| &*credit.person)
    }
}
