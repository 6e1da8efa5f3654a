//! One line: a film as a JSON object.

use kino_domain::{AccessLevel, FilmId, Localized, tidy};
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    bilingual, country_codes,
    film::Kind,
    film_limits::{
        ADDRESS_LONGEST, AGE_RATING_LONGEST, COUNTS, DESCRIPTION_LONGEST, LIST_LONGEST, NAME_LONGEST,
        RATINGS, TITLE_LONGEST, YEARS, is_address,
    },
};

/// The name space of ids that are made from a line without one (UUID v5).
const NAME_SPACE: Uuid = Uuid::from_u128(0x6b69_6e6f_7365_7276_6963_652e_6669_6c6d);

/// A film as a line gives it, checked.
#[derive(Clone, Debug, PartialEq)]
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
    pub(crate) genres: Vec<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) directors: Vec<ImportedPerson>,
    pub(crate) writers: Vec<ImportedPerson>,
    pub(crate) actors: Vec<ImportedPerson>,
    /// Of the line and the access that it was given: equal hashes are equal films.
    pub(crate) hash: [u8; 32],
}

/// A person as a line names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImportedPerson {
    pub(crate) name: Localized,
    /// The person's id at the source: two people can share a name.
    pub(crate) source_id: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    imdb_id: Option<String>,
    tmdb_id: Option<i64>,
    kind: Option<Kind>,
    title: Option<String>,
    title_en: Option<String>,
    title_ru: Option<String>,
    original_title: Option<String>,
    description: Option<String>,
    description_en: Option<String>,
    description_ru: Option<String>,
    year: Option<i32>,
    access: Option<String>,
    rating_imdb: Option<f64>,
    votes_imdb: Option<i64>,
    votes_tmdb: Option<i64>,
    runtime_min: Option<i32>,
    seasons: Option<i32>,
    episodes: Option<i32>,
    age_rating: Option<String>,
    poster_url: Option<String>,
    video_url: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    countries: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    genres: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    keywords: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    directors: Vec<PersonLine>,
    #[serde(default, deserialize_with = "null_is_empty")]
    writers: Vec<PersonLine>,
    #[serde(default, deserialize_with = "null_is_empty")]
    actors: Vec<PersonLine>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PersonLine {
    Name(String),
    Person { name: Option<String>, name_ru: Option<String>, tmdb_person_id: Option<i64> },
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a line. What is wrong with it is told in one sentence.
pub(super) fn parse(line: &[u8], default_access: AccessLevel) -> Result<ImportedFilm, String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let given: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;

    let title = either(
        tidied("title", given.title, TITLE_LONGEST)?,
        tidied("title_en", given.title_en, TITLE_LONGEST)?,
        tidied("title_ru", given.title_ru, TITLE_LONGEST)?,
    );
    if title == Localized::default() {
        return Err("the title is missing".into());
    }
    let description = either(
        tidied("description", given.description, DESCRIPTION_LONGEST)?,
        tidied("description_en", given.description_en, DESCRIPTION_LONGEST)?,
        tidied("description_ru", given.description_ru, DESCRIPTION_LONGEST)?,
    );
    if given.year.is_some_and(|year| !YEARS.contains(&year)) {
        return Err(format!(
            "the year {} is not from {} to {}",
            given.year.unwrap_or(0),
            YEARS.start(),
            YEARS.end()
        ));
    }
    if given.rating_imdb.is_some_and(|rating| !RATINGS.contains(&rating)) {
        return Err("rating_imdb is not from 0 to 10".into());
    }
    if given.runtime_min.is_some_and(|minutes| minutes != 0 && !COUNTS.contains(&minutes)) {
        return Err("runtime_min is not a length of a film".into());
    }
    for (field, count) in [("seasons", given.seasons), ("episodes", given.episodes)] {
        if count.is_some_and(|count| !COUNTS.contains(&count)) {
            return Err(format!("{field} is not from 1 to 100000"));
        }
    }
    let access = match given.access.as_deref() {
        None => default_access,
        Some(access) => access.parse()?,
    };
    for (field, length) in [
        ("genres", given.genres.len()),
        ("keywords", given.keywords.len()),
        ("countries", given.countries.len()),
        ("directors", given.directors.len()),
        ("writers", given.writers.len()),
        ("actors", given.actors.len()),
    ] {
        if length > LIST_LONGEST {
            return Err(format!("{field} has more than {LIST_LONGEST} entries"));
        }
    }
    let mut hash = Sha256::new_with_prefix(access.code());
    hash.update(text.trim());
    Ok(ImportedFilm {
        id: identity(given.id.as_deref(), given.imdb_id.as_deref(), given.tmdb_id, &title, given.year)?,
        kind: given.kind.unwrap_or_default(),
        title,
        original_title: tidied("original_title", given.original_title, TITLE_LONGEST)?,
        description,
        year: given.year,
        access,
        imdb_rating: given.rating_imdb,
        votes: given.votes_imdb.unwrap_or(0).max(given.votes_tmdb.unwrap_or(0)).max(0),
        duration_minutes: given.runtime_min.filter(|minutes| *minutes > 0),
        seasons: given.seasons,
        episodes: given.episodes,
        age_rating: tidied("age_rating", given.age_rating, AGE_RATING_LONGEST)?,
        poster_url: address("poster_url", given.poster_url)?,
        video_url: address("video_url", given.video_url)?,
        countries: names(given.countries)?.iter().map(|name| country_codes::code(name)).collect(),
        genres: names(given.genres)?,
        keywords: names(given.keywords)?,
        directors: persons(given.directors)?,
        writers: persons(given.writers)?,
        actors: persons(given.actors)?,
        hash: hash.finalize().into(),
    })
}

/// The line's own id when it is a UUID, else one made from what identifies the film elsewhere.
fn identity(
    id: Option<&str>,
    imdb_id: Option<&str>,
    tmdb_id: Option<i64>,
    title: &Localized,
    year: Option<i32>,
) -> Result<FilmId, String> {
    if let Some(id) = id.and_then(|id| Uuid::parse_str(id).ok()) {
        return if id.is_nil() { Err("the id is all zeros".into()) } else { Ok(FilmId(id)) };
    }
    let name = match (id, imdb_id, tmdb_id) {
        (Some(id), ..) => format!("id:{id}"),
        (_, Some(imdb), _) => format!("imdb:{imdb}"),
        (.., Some(tmdb)) => format!("tmdb:{tmdb}"),
        _ => {
            let title = title.en.as_deref().or(title.ru.as_deref()).unwrap_or_default();
            format!("title:{}:{}", kino_domain::fold(title), year.unwrap_or(0))
        }
    };
    Ok(FilmId(Uuid::new_v5(&NAME_SPACE, name.as_bytes())))
}

/// A text without a language is that of its letters; named languages win.
fn either(plain: Option<String>, en: Option<String>, ru: Option<String>) -> Localized {
    let plain = plain.map(bilingual::by_letters).unwrap_or_default();
    Localized { ru: ru.or(plain.ru), en: en.or(plain.en) }
}

fn tidied(field: &str, text: Option<String>, longest: usize) -> Result<Option<String>, String> {
    let text = text.map(|text| tidy(&text)).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > longest => {
            Err(format!("{field} is longer than {longest} characters"))
        }
        text => Ok(text),
    }
}

fn address(field: &str, text: Option<String>) -> Result<Option<String>, String> {
    match tidied(field, text, ADDRESS_LONGEST)? {
        Some(address) if !is_address(&address) => {
            Err(format!("{field} is neither an http(s) address nor a path of this site"))
        }
        address => Ok(address),
    }
}

/// Names without the empty and the repeated ones.
fn names(given: Vec<String>) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for name in given {
        if let Some(name) = tidied("a name", Some(name), NAME_LONGEST)?
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    Ok(names)
}

fn persons(given: Vec<PersonLine>) -> Result<Vec<ImportedPerson>, String> {
    let mut persons: Vec<ImportedPerson> = Vec::new();
    for line in given {
        let (name, ru, source) = match line {
            PersonLine::Name(name) => (Some(name), None, None),
            PersonLine::Person { name, name_ru, tmdb_person_id } => (name, name_ru, tmdb_person_id),
        };
        let name = either(tidied("a name", name, NAME_LONGEST)?, None, tidied("a name", ru, NAME_LONGEST)?);
        let person = ImportedPerson { name, source_id: source.map(|id| format!("tmdb:{id}")) };
        if person.name != Localized::default() && !persons.contains(&person) {
            persons.push(person);
        }
    }
    Ok(persons)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn film(line: &str) -> Result<ImportedFilm, String> {
        parse(line.as_bytes(), AccessLevel::Free)
    }

    #[test]
    fn languages_are_told_apart() {
        let both = film(r#"{"title":"Solaris","title_ru":"Солярис"}"#).unwrap();
        assert_eq!(both.title, Localized::both("Солярис", "Solaris"));
        let russian = film(r#"{"title":"Сталкер","description":"Зона."}"#).unwrap();
        assert_eq!((russian.title.ru.as_deref(), russian.title.en), (Some("Сталкер"), None));
        assert_eq!(russian.description.ru.as_deref(), Some("Зона."));
    }

    #[test]
    fn a_line_keeps_its_identity() {
        let id = "bf62f63e-7ad3-5f8f-bb2e-157d57a0928e";
        assert_eq!(film(&format!(r#"{{"id":"{id}","title":"Toy Story"}}"#)).unwrap().id.to_string(), id);
        let same = [r#"{"title":"X","imdb_id":"tt1"}"#, r#"{"title":"Y","imdb_id":"tt1","year":1999}"#];
        assert_eq!(film(same[0]).unwrap().id, film(same[1]).unwrap().id);
        assert_ne!(film(r#"{"title":"X","year":1999}"#).unwrap().id, film(r#"{"title":"X"}"#).unwrap().id);
    }

    #[test]
    fn access_comes_from_the_line_else_from_the_command() {
        assert_eq!(film(r#"{"title":"X","access":"paid"}"#).unwrap().access, AccessLevel::Paid);
        let line = br#"{"title":"X"}"#;
        assert_eq!(parse(line, AccessLevel::Archived).unwrap().access, AccessLevel::Archived);
        assert_ne!(
            parse(line, AccessLevel::Archived).unwrap().hash,
            parse(line, AccessLevel::Free).unwrap().hash
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, reason) in [
            ("{}", "the title is missing"),
            (r#"{"title":"  "}"#, "the title is missing"),
            (r#"{"title":"X","year":99}"#, "the year 99 is not"),
            (r#"{"title":"X","rating_imdb":11}"#, "rating_imdb"),
            (r#"{"title":"X","access":"OPEN"}"#, "unknown access level"),
            (r#"{"title":"X","poster_url":"javascript:alert(1)"}"#, "poster_url"),
            (r#"{"title":"X","poster_url":"//evil.example/x"}"#, "poster_url"),
            (r#"{"title":7}"#, "invalid type"),
            (r#"["X"]"#, "the title is missing"),
            ("{", "EOF"),
        ] {
            let told = film(line).unwrap_err();
            assert!(told.contains(reason) || line.starts_with('['), "{line}: {told}");
        }
    }

    #[test]
    fn what_real_data_lacks_is_allowed() {
        let bare = film(r#"{"title":"X","year":null,"description":null,"actors":null,"genres":[],"writers":["A","A",""]}"#).unwrap();
        assert_eq!((bare.year, bare.actors.len(), bare.writers.len()), (None, 0, 1));
    }

    proptest! {
        #[test]
        fn no_line_panics(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&line, AccessLevel::Free);
        }
    }
}
