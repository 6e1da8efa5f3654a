//! A film as administrators see it: in both languages, with its version.

use chrono::{DateTime, Utc};
use kino_domain::FilmId;
use kino_http::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::tag::{self, Tagged, tagged};
use crate::{film::Film, film_content::FilmContent};

/// A film as it is sent, with its version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EditedFilm {
    pub(super) id: FilmId,
    /// Grows by one with each change; `ETag` is `"v<version>"`.
    #[schema(example = 3)]
    pub(super) version: i64,
    pub(super) updated_at: DateTime<Utc>,
    #[serde(flatten)]
    pub(super) content: FilmContent,
}

impl EditedFilm {
    pub(super) fn of(film: &Film) -> Self {
        Self {
            id: film.id,
            version: film.version,
            updated_at: film.updated_at,
            content: FilmContent::of(film),
        }
    }

    /// The film with its ETag.
    pub(super) fn tagged(self) -> Result<Tagged<Self>, Problem> {
        Ok(tagged(tag::of_version(self.version)?, self))
    }
}
