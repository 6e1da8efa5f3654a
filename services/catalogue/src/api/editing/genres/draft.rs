//! A genre as administrators send it and see it.

use kino_domain::{GenreId, Localized};
use kino_http::{Fields, IfMatch, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::tag::{self, Tagged, tagged};
use crate::{field_rules, film::Genre, film_limits::NAME_LONGEST};

/// A genre.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct GenreDraft {
    /// In one language at least; 1 to 200 characters each.
    #[schema(required = true)]
    name: Option<Localized>,
}

/// A genre in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EditedGenre {
    pub(super) id: GenreId,
    pub(super) name: Localized,
}

impl GenreDraft {
    /// The genre's name, or all that is wrong with it.
    pub(super) fn check(self) -> Result<Localized, Problem> {
        let mut fields = Fields::new();
        let name = field_rules::name(&mut fields, "name", self.name, NAME_LONGEST);
        fields.finish()?;
        Ok(name)
    }
}

impl EditedGenre {
    /// The genre with its ETag.
    pub(super) fn tagged(genre: Genre) -> Result<Tagged<Self>, Problem> {
        let Genre { id, name } = genre;
        Ok(tagged(tag::of_names(&name)?, Self { id, name }))
    }
}

/// Refuses a change to a genre that is not named as the caller saw it.
pub(super) fn require(if_match: &IfMatch, genre: &Genre) -> Result<(), Problem> {
    let current = tag::of_names(&genre.name)?;
    tag::require(if_match, |tag| current == tag, "genre_changed")
}

pub(super) fn exists() -> Problem {
    Problem::conflict(
        "genre_exists",
        "Жанр с таким названием уже есть.",
        "There is a genre of this name already.",
    )
}
