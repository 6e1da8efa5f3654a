//! A film as a source gave it is checked, tidied, and becomes one that may be imported.

use kino_domain::{AccessLevel, Localized, tidy};

use super::{
    encoding::repaired,
    film::{ImportedFilm, ImportedGenre, ImportedPerson},
    identity,
    raw::{RawFilm, RawGenre, RawPerson},
};
use crate::{
    bilingual, country_codes,
    film_limits::{
        ADDRESS_LONGEST, AGE_RATING_LONGEST, COUNTS, DESCRIPTION_LONGEST, LIST_LONGEST, NAME_LONGEST,
        RATINGS, TITLE_LONGEST, YEARS, is_address,
    },
};

/// Texts that had been encoded twice, and what they were meant to be.
pub(super) type Repairs = Vec<(String, String)>;

/// Checks a film. What is wrong with it is told in one sentence.
pub(super) fn check(raw: RawFilm, default_access: AccessLevel) -> Result<(ImportedFilm, Repairs), String> {
    let mut texts = Texts::default();
    let title = either(
        texts.tidied("title", raw.title.as_deref(), TITLE_LONGEST)?,
        texts.tidied("title_en", raw.title_en.as_deref(), TITLE_LONGEST)?,
        texts.tidied("title_ru", raw.title_ru.as_deref(), TITLE_LONGEST)?,
    );
    if title == Localized::default() {
        return Err("the title is missing".into());
    }
    let description = either(
        texts.tidied("description", raw.description.as_deref(), DESCRIPTION_LONGEST)?,
        texts.tidied("description_en", raw.description_en.as_deref(), DESCRIPTION_LONGEST)?,
        texts.tidied("description_ru", raw.description_ru.as_deref(), DESCRIPTION_LONGEST)?,
    );
    check_numbers(&raw)?;
    check_lengths(&raw)?;
    let film = ImportedFilm {
        id: identity::film(&raw, &title)?,
        kind: raw.kind.unwrap_or_default(),
        title,
        original_title: texts.tidied("original_title", raw.original_title.as_deref(), TITLE_LONGEST)?,
        description,
        year: raw.year,
        access: raw.access.as_deref().map_or(Ok(default_access), str::parse)?,
        imdb_rating: raw.rating_imdb,
        votes: raw.votes_imdb.unwrap_or(0).max(raw.votes_tmdb.unwrap_or(0)).max(0),
        duration_minutes: raw.runtime_min.filter(|minutes| *minutes > 0),
        seasons: raw.seasons,
        episodes: raw.episodes,
        age_rating: texts.tidied("age_rating", raw.age_rating.as_deref(), AGE_RATING_LONGEST)?,
        poster_url: texts.address("poster_url", raw.poster_url.as_deref())?,
        video_url: texts.address("video_url", raw.video_url.as_deref())?,
        countries: texts.names(raw.countries)?.iter().map(|name| country_codes::code(name)).collect(),
        genres: texts.genres(raw.genres)?,
        keywords: texts.names(raw.keywords)?,
        directors: texts.persons(raw.directors)?,
        writers: texts.persons(raw.writers)?,
        actors: texts.persons(raw.actors)?,
        hash: [0; 32],
    };
    Ok((film.hashed(), texts.repairs))
}

fn check_numbers(raw: &RawFilm) -> Result<(), String> {
    if let Some(year) = raw.year.filter(|year| !YEARS.contains(year)) {
        return Err(format!("the year {year} is not from {} to {}", YEARS.start(), YEARS.end()));
    }
    if raw.rating_imdb.is_some_and(|rating| !RATINGS.contains(&rating)) {
        return Err("rating_imdb is not from 0 to 10".into());
    }
    if raw.runtime_min.is_some_and(|minutes| minutes != 0 && !COUNTS.contains(&minutes)) {
        return Err("runtime_min is not a length of a film".into());
    }
    for (field, count) in [("seasons", raw.seasons), ("episodes", raw.episodes)] {
        if count.is_some_and(|count| !COUNTS.contains(&count)) {
            return Err(format!("{field} is not from 1 to 100000"));
        }
    }
    Ok(())
}

fn check_lengths(raw: &RawFilm) -> Result<(), String> {
    for (field, length) in [
        ("genres", raw.genres.len()),
        ("keywords", raw.keywords.len()),
        ("countries", raw.countries.len()),
        ("directors", raw.directors.len()),
        ("writers", raw.writers.len()),
        ("actors", raw.actors.len()),
    ] {
        if length > LIST_LONGEST {
            return Err(format!("{field} has more than {LIST_LONGEST} entries"));
        }
    }
    Ok(())
}

/// A text without a language is that of its letters; named languages win.
fn either(plain: Option<String>, en: Option<String>, ru: Option<String>) -> Localized {
    let plain = plain.map(bilingual::by_letters).unwrap_or_default();
    Localized { ru: ru.or(plain.ru), en: en.or(plain.en) }
}

/// Reads the texts of one film, and keeps in mind which had been encoded twice.
#[derive(Default)]
struct Texts {
    repairs: Repairs,
}

impl Texts {
    fn tidied(&mut self, field: &str, text: Option<&str>, longest: usize) -> Result<Option<String>, String> {
        let Some(text) = text else { return Ok(None) };
        // Before tidying, which takes out bytes that were taken for control characters.
        let meant = repaired(text);
        let tidied = tidy(meant.as_deref().unwrap_or(text));
        if tidied.chars().count() > longest {
            return Err(format!("{field} is longer than {longest} characters"));
        }
        if meant.is_some() {
            self.repairs.push((text.to_owned(), tidied.clone()));
        }
        Ok(Some(tidied).filter(|text| !text.is_empty()))
    }

    fn address(&mut self, field: &str, text: Option<&str>) -> Result<Option<String>, String> {
        match self.tidied(field, text, ADDRESS_LONGEST)? {
            Some(address) if !is_address(&address) => {
                Err(format!("{field} is neither an http(s) address nor a path of this site"))
            }
            address => Ok(address),
        }
    }

    fn name(&mut self, name: Option<&str>) -> Result<Option<String>, String> {
        self.tidied("a name", name, NAME_LONGEST)
    }

    /// Names without the empty and the repeated ones.
    fn names(&mut self, given: Vec<String>) -> Result<Vec<String>, String> {
        let mut names: Vec<String> = Vec::with_capacity(given.len());
        for name in given {
            if let Some(name) = self.name(Some(&name))?
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn genres(&mut self, given: Vec<RawGenre>) -> Result<Vec<ImportedGenre>, String> {
        let mut genres: Vec<ImportedGenre> = Vec::with_capacity(given.len());
        for raw in given {
            let name = either(
                self.name(raw.name.as_deref())?,
                self.name(raw.name_en.as_deref())?,
                self.name(raw.name_ru.as_deref())?,
            );
            let genre = ImportedGenre { id: identity::given("a genre", raw.id.as_deref())?, name };
            if genre.name != Localized::default() && !genres.contains(&genre) {
                genres.push(genre);
            }
        }
        Ok(genres)
    }

    fn persons(&mut self, given: Vec<RawPerson>) -> Result<Vec<ImportedPerson>, String> {
        let mut persons: Vec<ImportedPerson> = Vec::with_capacity(given.len());
        for raw in given {
            let name = either(
                self.name(raw.name.as_deref())?,
                self.name(raw.name_en.as_deref())?,
                self.name(raw.name_ru.as_deref())?,
            );
            let person = ImportedPerson {
                id: identity::given("a person", raw.id.as_deref())?,
                name,
                source_id: self.tidied("source_id", raw.source_id.as_deref(), NAME_LONGEST)?,
            };
            if person.name != Localized::default() && !persons.contains(&person) {
                persons.push(person);
            }
        }
        Ok(persons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(line: &str) -> Result<ImportedFilm, String> {
        with_access(line, AccessLevel::Free)
    }

    fn with_access(line: &str, access: AccessLevel) -> Result<ImportedFilm, String> {
        let raw = serde_json::from_str(line).map_err(|error| error.to_string())?;
        check(raw, access).map(|(film, _)| film)
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
        let line = r#"{"title":"X"}"#;
        let [archived, free] =
            [AccessLevel::Archived, AccessLevel::Free].map(|access| with_access(line, access).unwrap());
        assert_eq!(archived.access, AccessLevel::Archived);
        assert_ne!(archived.hash, free.hash);
    }

    #[test]
    fn a_line_has_the_hash_that_earlier_imports_gave_it() {
        let film = film(
            r#"{"id":"bf62f63e-7ad3-5f8f-bb2e-157d57a0928e","kind":"series","title":"X","year":1972,
                "rating_imdb":7.9,"votes_imdb":5,"genres":["Drama"],"actors":[{"name":"Ada","source_id":"tmdb:5"}]}"#,
        );
        let hash: String = film.unwrap().hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hash, "f5a607b81ab7b0aad0e0c3a6074203ca9f64ccc4e0f5d280ac7be618290eeea5",
            "catalogues would take every film for a changed one"
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
            (r#"{"title":"X","actors":[{"name":"A","id":"7"}]}"#, "of a person is not a UUID"),
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

    #[test]
    fn a_text_that_was_encoded_twice_is_imported_as_it_was_meant() {
        let raw = serde_json::from_str(
            r#"{"title":"AmÃ©lie","title_ru":"Ð\u009c\u00d0\u00b8\u00d1\u0080","actors":["Jos\u00e9"]}"#,
        );
        let (film, repairs) = check(raw.unwrap(), AccessLevel::Free).unwrap();
        assert_eq!(film.title, Localized::both("Мир", "Amélie"));
        assert_eq!(film.actors[0].name.en.as_deref(), Some("José"));
        let repairs: Vec<_> = repairs.iter().map(|(_, to)| to.as_str()).collect();
        assert_eq!(repairs, ["Amélie", "Мир"]);
    }

    #[test]
    fn people_and_genres_carry_what_is_known_of_them() {
        let id = "bf62f63e-7ad3-5f8f-bb2e-157d57a0928e";
        let film = film(&format!(
            r#"{{"title":"X","genres":["Drama",{{"id":"{id}","name":"Heist","name_ru":"ограбление"}}],
                "actors":[{{"id":"{id}","name":"Ada","name_ru":"Ада","tmdb_person_id":5}}, "Ada"]}}"#
        ))
        .unwrap();
        assert_eq!(film.genres[0].id, None);
        assert_eq!(film.genres[1].name, Localized::both("ограбление", "Heist"));
        assert_eq!(film.actors[0].id.map(|id| id.to_string()).as_deref(), Some(id));
        assert_eq!(film.actors[0].source_id.as_deref(), Some("tmdb:5"));
        assert_eq!(film.actors[1].id, None);
    }
}
