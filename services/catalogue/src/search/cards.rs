//! Films and persons as the index keeps them: what is looked for, and no more.

use std::sync::Arc;

use kino_domain::{AccessLevel, FilmId, GenreId, Localized, PersonId};
use uuid::Uuid;

use super::{engine::mix, text::normalize};
use crate::film::{Film, Genre, Person};

/// A film as the index keeps it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FilmCard {
    pub(crate) id: FilmId,
    pub(crate) version: i64,
    pub(crate) title: Localized,
    pub(crate) original_title: Option<String>,
    pub(crate) description: Localized,
    pub(crate) keywords: Vec<String>,
    pub(crate) year: Option<i32>,
    pub(crate) access: AccessLevel,
    /// From 0 to 10.
    pub(crate) imdb_rating: Option<f64>,
    pub(crate) votes: i64,
    pub(crate) countries: Vec<String>,
    /// In no order.
    pub(crate) genres: Vec<Arc<Named<GenreId>>>,
    /// Each once, whatever they did for it; in no order.
    pub(crate) people: Vec<Arc<Named<PersonId>>>,
}

/// What many films share: its names are made comparable once, not once a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named<Id> {
    pub(crate) id: Id,
    /// Normalized.
    names: Vec<String>,
    /// A hash of both.
    mark: u64,
}

impl<Id> Named<Id> {
    fn new(id: Id, uuid: Uuid, name: &Localized) -> Self {
        let names: Vec<String> = name.all().map(normalize).collect();
        let (high, low) = uuid.as_u64_pair();
        let mark = names.iter().fold(mix(mix(high) ^ low), |sum, name| mixed_with(sum, name));
        Self { id, names, mark }
    }

    /// The names, normalized.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl From<&Genre> for Named<GenreId> {
    fn from(genre: &Genre) -> Self {
        Self::new(genre.id, genre.id.0, &genre.name)
    }
}

impl From<&Person> for Named<PersonId> {
    fn from(person: &Person) -> Self {
        Self::new(person.id, person.id.0, &person.full_name)
    }
}

impl From<&Film> for FilmCard {
    fn from(film: &Film) -> Self {
        let mut people: Vec<&Person> = film.people.iter().map(|credit| &*credit.person).collect();
        people.sort_unstable_by_key(|person| person.id);
        people.dedup_by_key(|person| person.id);
        Self {
            id: film.id,
            version: film.version,
            title: film.title.clone(),
            original_title: film.original_title.clone(),
            description: film.description.clone(),
            keywords: film.keywords.clone(),
            year: film.year,
            access: film.access,
            imdb_rating: film.imdb_rating,
            votes: film.votes,
            countries: film.countries.clone(),
            genres: film.genres.iter().map(|genre| Arc::new(genre.into())).collect(),
            people: people.into_iter().map(|person| Arc::new(person.into())).collect(),
        }
    }
}

/// A person as the index keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonCard {
    pub(crate) id: PersonId,
    pub(crate) full_name: Localized,
    /// The votes of their best known film: how widely they are known.
    pub(crate) votes: i64,
    /// The levels of their films, each once, in order. Who may see none of these is not told of the person; a person without
    /// films is told of to everyone.
    pub(crate) levels: Vec<AccessLevel>,
}

/// The version of a film's document: a hash of the film's own version, which moves with whatever is the film's, and of the
/// names that it shares with other films.
pub(crate) fn version_of_film(card: &FilmCard) -> i64 {
    let marks =
        card.genres.iter().map(|genre| genre.mark).chain(card.people.iter().map(|person| person.mark));
    // In no order.
    let names = marks.fold(0, u64::wrapping_add);
    positive(mix(mix(card.version.cast_unsigned()) ^ names))
}

/// The version of a person's document: a hash of all that it keeps.
pub(crate) fn version_of_person(card: &PersonCard) -> i64 {
    let mut sum = mix(card.votes.cast_unsigned());
    for text in [card.full_name.ru.as_deref(), card.full_name.en.as_deref()] {
        sum = mixed_with(sum, text.unwrap_or("\0"));
    }
    for level in &card.levels {
        sum = mix(sum ^ (*level as u64 + 1));
    }
    positive(sum)
}

fn mixed_with(mut sum: u64, text: &str) -> u64 {
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        sum = mix(sum ^ u64::from_le_bytes(word));
    }
    mix(sum)
}

/// For engines that take positive numbers alone.
const fn positive(hash: u64) -> i64 {
    (hash >> 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::library::Library;

    #[test]
    fn the_version_of_a_film_tells_of_itself_and_of_names_that_it_shares() {
        let film = Library::demo().film("Solaris").clone();
        let version = |film: &Film| version_of_film(&film.into());
        let mut otherwise = vec![version(&film)];
        otherwise.push(version(&Film { version: film.version + 1, ..film.clone() }));
        let mut renamed = film.clone();
        renamed.genres[0].name.en = Some("Windpunk".to_owned());
        otherwise.push(version(&renamed));
        let mut renamed = film.clone();
        let person = Person {
            full_name: Localized::both("Ада", "Ada"),
            ..Person::clone(&renamed.people[0].person)
        };
        renamed.people[0].person = Arc::new(person);
        otherwise.push(version(&renamed));
        let mut without = film.clone();
        without.genres.pop();
        otherwise.push(version(&without));
        let count = otherwise.len();
        otherwise.sort_unstable();
        otherwise.dedup();
        assert_eq!(otherwise.len(), count);
        let mut turned = film.clone();
        turned.genres.reverse();
        turned.people.reverse();
        assert_eq!(version(&turned), version(&film));
        assert!(otherwise[0] >= 0);
    }
}
