//! Films and persons as documents. Texts are sent as their words with spaces between, which is all that the server splits
//! at.

use std::collections::BTreeSet;

use kino_domain::{Language, Localized};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{
    analyzer,
    cards::{FilmCard, PersonCard, version_of_film, version_of_person},
    engine::{Checksum, bucket_of},
    text::{joined, normalize, whole, whole_without_little},
};

/// The level of a person without films.
pub(super) const NO_FILMS: &str = "none";
/// Characters of a title that order it.
const SORTED_BY: usize = 1000;
/// Sorted behind every title.
const UNTITLED: &str = "\u{10ffff}";

/// The name of a document.
pub(super) fn name(id: Uuid) -> String {
    id.simple().to_string()
}

pub(super) fn film(film: &FilmCard) -> Value {
    let mut document = document(film.id.0, version_of_film(film), film.votes);
    add_titles(&mut document, film);
    document["people"] = film.people.iter().flat_map(|person| person.names()).map(plain).collect();
    document["person"] = film.people.iter().map(|person| name(person.id.0)).collect();
    let genres = film.genres.iter().flat_map(|genre| genre.names()).map(stems);
    let keywords = film.keywords.iter().map(|keyword| stems(&normalize(keyword)));
    document["about"] = genres.chain(keywords).collect();
    document["genre"] = film.genres.iter().map(|genre| name(genre.id.0)).collect();
    document["description"] = both(&film.description).map(|text| stems(&normalize(text))).collect();
    document["access"] = json!(film.access.code());
    document["country"] = json!(film.countries);
    document["year"] = json!(film.year);
    document["rating"] = json!(film.imdb_rating);
    document
}

fn add_titles(document: &mut Value, film: &FilmCard) {
    let titles = both(&film.title).chain(film.original_title.as_deref());
    let titles: BTreeSet<String> = titles.map(normalize).collect();
    let spellings: BTreeSet<String> =
        titles.iter().cloned().chain(titles.iter().filter_map(|title| joined(title))).collect();
    let wholes: BTreeSet<String> = spellings
        .iter()
        .flat_map(|spelling| {
            let whole = whole(spelling);
            [but_for_little(&whole_without_little(&whole)), whole]
        })
        .collect();
    document["titles"] = spellings.iter().map(|title| plain(title)).collect();
    document["title_stems"] = spellings.iter().map(|title| stems(title)).collect();
    document["whole_title"] = json!(wholes);
    for (language, field) in [(Language::Ru, "sort_title_ru"), (Language::En, "sort_title_en")] {
        let title = film.title.get(language).or(film.original_title.as_deref());
        let title = title.map_or_else(|| UNTITLED.to_owned(), normalize);
        document[field] = title.chars().take(SORTED_BY).collect::<String>().into();
    }
}

pub(super) fn person(card: &PersonCard) -> Value {
    let mut document = document(card.id.0, version_of_person(card), card.votes);
    document["names"] = both(&card.full_name).map(|name| plain(&normalize(name))).collect();
    let wholes = both(&card.full_name).map(whole);
    let wholes = wholes.flat_map(|whole| [but_for_little(&whole_without_little(&whole)), whole]);
    document["whole_name"] = wholes.collect();
    document["levels"] = match card.levels.as_slice() {
        [] => json!([NO_FILMS]),
        levels => levels.iter().map(|level| level.code()).collect(),
    };
    document
}

/// Words as they are.
fn plain(text: &str) -> String {
    analyzer::words(text).join(" ")
}

/// The stems of words.
fn stems(text: &str) -> String {
    analyzer::stems(text).join(" ")
}

/// The term of whole titles that are so but for little words.
pub(super) fn but_for_little(whole: &str) -> String {
    format!("~{whole}")
}

/// What is there, in either language.
fn both(text: &Localized) -> impl Iterator<Item = &str> {
    [text.ru.as_deref(), text.en.as_deref()].into_iter().flatten()
}

fn document(id: Uuid, version: i64, votes: i64) -> Value {
    let mut checksum = Checksum::default();
    checksum.add(id, version);
    json!({
        "id": name(id),
        "version": version,
        "votes": votes.max(0),
        "bucket": bucket_of(id),
        "sum_high": checksum.sum >> 32,
        "sum_low": checksum.sum & 0xffff_ffff,
    })
}
