//! Facets as clients ask for them and see them.

use kino_domain::{AccessLevel, GenreId, Language};
use kino_http::FieldError;
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;
use utoipa::ToSchema;

use super::film_views::GenreView;
use crate::{
    search::{Facets, WantedFacets},
    store::genres,
};

/// How many films of each value were found, most first, at most 100 values a facet. A facet is not narrowed by the filter
/// on its own field, so that another value can be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetViews {
    #[serde(skip_serializing_if = "Option::is_none")]
    genre: Option<Vec<GenreCount>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<Vec<YearCount>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<Vec<AccessCount>>,
}

/// How many films of a genre.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GenreCount {
    id: GenreId,
    #[schema(example = "комедия")]
    name: String,
    count: u64,
}

/// How many films of a year.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct YearCount {
    #[schema(example = 1972)]
    value: i32,
    count: u64,
}

/// How many films of a level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessCount {
    value: AccessLevel,
    count: u64,
}

/// Reads a list like `genre,year`.
pub(crate) fn parse(list: &str) -> Result<WantedFacets, FieldError> {
    let mut wanted = WantedFacets::default();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name {
            "genre" => wanted.genre = true,
            "year" => wanted.year = true,
            "access" => wanted.access = true,
            _ => {
                let (ru, en) = ("Допустимы genre, year и access.", "There are genre, year and access.");
                return Err(FieldError::new("facets", "unknown", ru, en));
            }
        }
    }
    Ok(wanted)
}

impl FacetViews {
    /// None where none was wanted.
    pub(crate) async fn new(
        connection: &impl ConnectionTrait,
        wanted: WantedFacets,
        counted: Facets,
        language: Language,
    ) -> Result<Option<Self>, DbErr> {
        if wanted == WantedFacets::default() {
            return Ok(None);
        }
        let genre = match counted.genre {
            None => None,
            Some(counts) => {
                let genres = genres::all(connection).await?;
                // A genre that went since the index heard of it has no name.
                let named = counts.into_iter().filter_map(|(id, count)| Some((genres.get(&id)?, count)));
                Some(
                    named
                        .map(|(genre, count)| GenreCount::new(GenreView::new(genre, language), count))
                        .collect(),
                )
            }
        };
        let years = counted
            .year
            .map(|counts| counts.into_iter().map(|(value, count)| YearCount { value, count }).collect());
        let levels = counted
            .access
            .map(|counts| counts.into_iter().map(|(value, count)| AccessCount { value, count }).collect());
        Ok(Some(Self { genre, year: years, access: levels }))
    }
}

impl GenreCount {
    fn new(genre: GenreView, count: u64) -> Self {
        Self { id: genre.id, name: genre.name, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facets_are_named_in_a_list() {
        let wanted = parse("genre, access,").unwrap();
        assert_eq!((wanted.genre, wanted.year, wanted.access), (true, false, true));
        assert_eq!(parse("").unwrap(), WantedFacets::default());
        assert!(parse("genre,rating").is_err());
    }
}
