//! A film as an administrator sends it, and what must be so that it is taken.

use kino_domain::{AccessLevel, GenreId, Localized, PersonId};
use kino_http::{FieldError, Fields, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    country_codes,
    field_rules::{address, list, localized, name, required, text, texts, within},
    film::Kind,
    film_content::FilmContent,
    film_limits::{
        AGE_RATING_LONGEST, COUNTS, DESCRIPTION_LONGEST, NAME_LONGEST, RATINGS, TITLE_LONGEST, YEARS,
    },
};

/// A film. What is left out or null is none; lists hold each entry once, and at most 200.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct FilmDraft {
    /// In one language at least; 1 to 500 characters each.
    #[schema(required = true)]
    title: Option<Localized>,
    /// At most 500 characters.
    #[schema(example = "Солярис")]
    original_title: Option<String>,
    /// At most 10000 characters each.
    description: Option<Localized>,
    /// `movie` when left out.
    kind: Option<Kind>,
    /// From 1870 to 2100.
    #[schema(example = 1972)]
    year: Option<i32>,
    #[schema(required = true)]
    access: Option<AccessLevel>,
    /// From 0 to 10.
    #[schema(example = 7.9)]
    imdb_rating: Option<f64>,
    genres: Option<Vec<GenreId>>,
    directors: Option<Vec<PersonId>>,
    writers: Option<Vec<PersonId>>,
    /// In billing order.
    actors: Option<Vec<PersonId>>,
    /// ISO 3166-1 codes; English names are turned into them.
    #[schema(example = json!(["SU"]))]
    countries: Option<Vec<String>>,
    /// From 1 to 100000.
    #[schema(example = 167)]
    duration_minutes: Option<i32>,
    /// Of a series; from 1 to 100000.
    seasons: Option<i32>,
    /// Of a series; from 1 to 100000.
    episodes: Option<i32>,
    /// What it is about, in either language.
    keywords: Option<Vec<String>>,
    /// At most 10 characters.
    #[schema(example = "12+")]
    age_rating: Option<String>,
    /// An http(s) address or a path of this site.
    poster_url: Option<String>,
    /// An http(s) address or a path of this site.
    video_url: Option<String>,
}

impl FilmDraft {
    /// The film, or all that is wrong with it.
    pub(crate) fn check(self) -> Result<FilmContent, Problem> {
        let mut fields = Fields::new();
        let kind = self.kind.unwrap_or_default();
        let access = fields.check(self.access.ok_or_else(|| required("access")));
        let title = name(&mut fields, "title", self.title, TITLE_LONGEST);
        let description = localized(&mut fields, "description", self.description, DESCRIPTION_LONGEST);
        let original_title = fields.check(text("original_title", self.original_title, TITLE_LONGEST));
        let year = fields.check(within("year", self.year, &YEARS));
        let imdb_rating = fields.check(within("imdb_rating", self.imdb_rating, &RATINGS));
        let genres = fields.check(list("genres", self.genres));
        let directors = fields.check(list("directors", self.directors));
        let writers = fields.check(list("writers", self.writers));
        let actors = fields.check(list("actors", self.actors));
        let countries = fields.check(countries(self.countries));
        let duration_minutes = fields.check(within("duration_minutes", self.duration_minutes, &COUNTS));
        let seasons = fields.check(of_series("seasons", self.seasons, kind));
        let episodes = fields.check(of_series("episodes", self.episodes, kind));
        let keywords = fields.check(texts("keywords", self.keywords, NAME_LONGEST));
        let age_rating = fields.check(text("age_rating", self.age_rating, AGE_RATING_LONGEST));
        let poster_url = fields.check(address("poster_url", self.poster_url));
        let video_url = fields.check(address("video_url", self.video_url));
        fields.finish()?;
        Ok(FilmContent {
            title,
            original_title: original_title.flatten(),
            description,
            kind,
            year: year.flatten(),
            access: access.ok_or_else(|| Problem::internal(&"a checked field is missing"))?,
            imdb_rating: imdb_rating.flatten(),
            genres: genres.unwrap_or_default(),
            directors: directors.unwrap_or_default(),
            writers: writers.unwrap_or_default(),
            actors: actors.unwrap_or_default(),
            countries: countries.unwrap_or_default(),
            duration_minutes: duration_minutes.flatten(),
            seasons: seasons.flatten(),
            episodes: episodes.flatten(),
            keywords: keywords.unwrap_or_default(),
            age_rating: age_rating.flatten(),
            poster_url: poster_url.flatten(),
            video_url: video_url.flatten(),
        })
    }
}

fn countries(given: Option<Vec<String>>) -> Result<Vec<String>, FieldError> {
    let names = texts("countries", given, NAME_LONGEST)?;
    // Two names may be of one country.
    list("countries", Some(names.iter().map(|name| country_codes::code(name)).collect()))
}

fn of_series(field: &str, count: Option<i32>, kind: Kind) -> Result<Option<i32>, FieldError> {
    if count.is_some() && kind == Kind::Movie {
        let (ru, en) = ("Бывает только у сериала (kind: series).", "Only a series (kind: series) has it.");
        return Err(FieldError::new(field, "only_series", ru, en));
    }
    within(field, count, &COUNTS)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(draft: Value) -> Result<FilmContent, String> {
        let draft: FilmDraft = serde_json::from_value(draft).unwrap();
        draft.check().map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn a_bare_film_has_a_title_and_an_access_level() {
        let film = check(json!({"title": {"en": "Solaris"}, "access": "FREE", "genres": null})).unwrap();
        assert_eq!((film.kind, film.access, film.genres.len()), (Kind::Movie, AccessLevel::Free, 0));
        assert_eq!(film.title, Localized { ru: None, en: Some("Solaris".into()) });
    }

    #[test]
    fn what_is_shown_can_be_sent_again() {
        let sent = json!({
            "title": {"ru": "Солярис", "en": "Solaris"}, "access": "PAID", "kind": "series", "seasons": 2,
            "episodes": 9, "countries": ["Soviet Union", "SU", "fr"], "keywords": ["sea", " sea "], "imdb_rating": 7.9,
        });
        let film = check(sent).unwrap();
        assert_eq!((&film.countries, &film.keywords), (&vec!["SU".into(), "FR".into()], &vec!["sea".into()]));
        assert_eq!(check(serde_json::to_value(&film).unwrap()).unwrap(), film);
        let other = FilmContent { year: Some(1972), seasons: Some(3), ..film.clone() };
        assert_eq!(other.changed_since(&film), ["seasons", "year"]);
        assert!(film.changed_since(&film).is_empty());
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let told = check(json!({
            "title": {"ru": " "}, "original_title": "x".repeat(501), "description": {"en": "x".repeat(10_001)},
            "year": 1869, "imdb_rating": 10.1, "genres": vec!["018f0000-0000-7000-8000-00000000dead"; 201],
            "countries": ["x".repeat(201)], "duration_minutes": 0, "seasons": 1, "keywords": ["x".repeat(201)],
            "age_rating": "x".repeat(11), "poster_url": "javascript:alert(1)", "video_url": "//evil.example",
        }))
        .unwrap_err();
        for (field, code) in [
            ("title", "required"),
            ("access", "required"),
            ("original_title", "length"),
            ("description.en", "length"),
            ("year", "out_of_range"),
            ("imdb_rating", "out_of_range"),
            ("genres", "too_many"),
            ("countries[0]", "length"),
            ("duration_minutes", "out_of_range"),
            ("seasons", "only_series"),
            ("keywords[0]", "length"),
            ("age_rating", "length"),
            ("poster_url", "address"),
            ("video_url", "address"),
        ] {
            assert!(told.contains(&format!("field: \"{field}\", code: \"{code}\"")), "{field}: {told}");
        }
        assert_eq!(told.matches("field:").count(), 14, "{told}");
    }
}
