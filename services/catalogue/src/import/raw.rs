//! A film as a source gives it, unchecked; as a JSON object, a line of our own format.

use serde::{Deserialize, Deserializer};

use crate::film::Kind;

/// A film as a source gives it. A text without a language is Russian when it is written so, else English.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawFilm {
    pub(crate) id: Option<String>,
    pub(crate) imdb_id: Option<String>,
    pub(crate) tmdb_id: Option<i64>,
    pub(crate) kind: Option<Kind>,
    pub(crate) title: Option<String>,
    pub(crate) title_en: Option<String>,
    pub(crate) title_ru: Option<String>,
    pub(crate) original_title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) description_en: Option<String>,
    pub(crate) description_ru: Option<String>,
    pub(crate) year: Option<i32>,
    pub(crate) access: Option<String>,
    pub(crate) rating_imdb: Option<f64>,
    pub(crate) votes_imdb: Option<i64>,
    pub(crate) votes_tmdb: Option<i64>,
    pub(crate) runtime_min: Option<i32>,
    pub(crate) seasons: Option<i32>,
    pub(crate) episodes: Option<i32>,
    pub(crate) age_rating: Option<String>,
    pub(crate) poster_url: Option<String>,
    pub(crate) video_url: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) countries: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) genres: Vec<RawGenre>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) keywords: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) directors: Vec<RawPerson>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) writers: Vec<RawPerson>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) actors: Vec<RawPerson>,
}

/// A person as a source names them: by a bare name, or with what is known of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "PersonForm")]
pub(crate) struct RawPerson {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) name_en: Option<String>,
    pub(crate) name_ru: Option<String>,
    /// The person's id at the source, with the source's name before it: `imdb:nm0000001`.
    pub(crate) source_id: Option<String>,
}

/// A genre as a source names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "GenreForm")]
pub(crate) struct RawGenre {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) name_en: Option<String>,
    pub(crate) name_ru: Option<String>,
}

impl RawPerson {
    /// Someone of whom only the name is known.
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}

impl RawGenre {
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PersonForm {
    Name(String),
    Person {
        id: Option<String>,
        name: Option<String>,
        name_en: Option<String>,
        name_ru: Option<String>,
        source_id: Option<String>,
        tmdb_person_id: Option<i64>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum GenreForm {
    Name(String),
    Genre { id: Option<String>, name: Option<String>, name_en: Option<String>, name_ru: Option<String> },
}

impl From<PersonForm> for RawPerson {
    fn from(form: PersonForm) -> Self {
        match form {
            PersonForm::Name(name) => Self::named(name),
            PersonForm::Person { id, name, name_en, name_ru, source_id, tmdb_person_id } => {
                let source_id = source_id.or_else(|| tmdb_person_id.map(|id| format!("tmdb:{id}")));
                Self { id, name, name_en, name_ru, source_id }
            }
        }
    }
}

impl From<GenreForm> for RawGenre {
    fn from(form: GenreForm) -> Self {
        match form {
            GenreForm::Name(name) => Self::named(name),
            GenreForm::Genre { id, name, name_en, name_ru } => Self { id, name, name_en, name_ru },
        }
    }
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
