//! The filters that lists and search share.

use kino_domain::{AccessLevel, GenreId, PersonId, tidy};
use kino_http::{FieldError, Fields, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::country_codes;

const GENRES: usize = 50;
const COUNTRY_LONGEST: usize = 100;

/// Which films.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FilmFilterQuery {
    /// A genre's id; repeat it for any of several.
    #[serde(default)]
    genre: Vec<GenreId>,
    /// A person's id.
    person: Option<PersonId>,
    /// Only films of this level (of those that the caller may see).
    access: Option<AccessLevel>,
    /// The first year.
    year_from: Option<i32>,
    /// The last year.
    year_to: Option<i32>,
    /// A country's ISO 3166-1 code.
    #[param(example = "FR")]
    country: Option<String>,
}

/// The filters, checked and narrowed to what the caller may see.
pub(crate) struct CheckedFilter {
    pub(crate) visible: Vec<AccessLevel>,
    /// The level asked for, to which `visible` is narrowed.
    pub(crate) access: Option<AccessLevel>,
    pub(crate) genres: Vec<GenreId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) year_from: Option<i32>,
    pub(crate) year_to: Option<i32>,
    pub(crate) country: Option<String>,
}

impl FilmFilterQuery {
    /// Checks the filters against each other and against what the caller may see.
    pub(crate) fn check(self, mut visible: Vec<AccessLevel>) -> Result<CheckedFilter, Problem> {
        let mut fields = Fields::new();
        if self.genre.len() > GENRES {
            let (ru, en) = ("Не более 50 жанров.", "At most 50 genres.");
            fields.wrong(FieldError::new("genre", "too_many", ru, en));
        }
        if let (Some(from), Some(to)) = (self.year_from, self.year_to)
            && from > to
        {
            let (ru, en) = ("Меньше, чем year_from.", "Less than year_from.");
            fields.wrong(FieldError::new("year_to", "out_of_range", ru, en));
        }
        let country = self.country.map(|country| tidy(&country)).filter(|country| !country.is_empty());
        if country.as_ref().is_some_and(|country| country.chars().count() > COUNTRY_LONGEST) {
            let (ru, en) = ("Не более 100 знаков.", "At most 100 characters.");
            fields.wrong(FieldError::new("country", "length", ru, en));
        }
        fields.finish()?;
        if let Some(access) = self.access {
            visible.retain(|level| *level == access);
        }
        Ok(CheckedFilter {
            visible,
            access: self.access,
            genres: self.genre,
            person: self.person,
            year_from: self.year_from,
            year_to: self.year_to,
            country: country.map(|country| country_codes::code(&country)),
        })
    }
}
