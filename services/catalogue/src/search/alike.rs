//! What makes films alike: the same for every engine.
//!
//! What two films share says the more the fewer films have it: a person, a keyword, a rare word of the description. Only
//! films that share such are looked at. Genres, and closeness in time, tell these apart; they make no likeness by
//! themselves, unless nothing else is shared.

use std::{collections::BTreeSet, ops::RangeInclusive};

use kino_domain::{GenreId, PersonId};

use super::{
    analyzer::{is_of_word, stems},
    text::normalize,
};
use crate::film::Film;

/// What sharing is worth, before rarity.
pub(super) const PERSON: f32 = 1.2;
pub(super) const KEYWORD: f32 = 1.0;
pub(super) const DESCRIPTION_WORD: f32 = 0.4;
pub(super) const GENRE: f32 = 0.8;
/// Of films within so many years of each other.
pub(super) const SAME_TIME: f32 = 0.6;
const YEARS_NEAR: i32 = 7;
/// Known films are wanted somewhat more: what each e-fold of votes and each point of the rating adds, in parts.
pub(super) const FAME: f32 = 0.02;

/// How much of a film tells likeness.
const PEOPLE: usize = 6;
const KEYWORDS: usize = 12;
const DESCRIPTION_WORDS: usize = 24;
/// Shorter words of a description say little.
const WORD_SHORTEST: usize = 5;

/// What likeness to a film is told by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Traits {
    pub(super) year: Option<i32>,
    pub(super) genres: Vec<GenreId>,
    pub(super) people: Vec<PersonId>,
    /// Stems.
    pub(super) keywords: Vec<String>,
    pub(super) description: Vec<String>,
}

impl Traits {
    pub(super) fn of(film: &Film) -> Self {
        let keywords: BTreeSet<String> =
            film.keywords.iter().flat_map(|keyword| stems(&normalize(keyword))).collect();
        let texts = film.description.all();
        let text = texts.map(normalize).collect::<Vec<_>>().join(" ");
        let mut described: Vec<&str> =
            text.split(|c| !is_of_word(c)).filter(|word| word.chars().count() >= WORD_SHORTEST).collect();
        // Long words are rare ones, mostly.
        described.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        described.dedup();
        described.truncate(DESCRIPTION_WORDS);
        let description = stems(&described.join(" "));
        Self {
            year: film.year,
            genres: film.genres.iter().map(|genre| genre.id).collect(),
            people: film.people.iter().take(PEOPLE).map(|credit| credit.person.id).collect(),
            keywords: keywords.into_iter().take(KEYWORDS).collect(),
            description,
        }
    }

    /// The years of films of the same time.
    pub(super) fn same_time(&self) -> Option<RangeInclusive<i32>> {
        self.year.map(|year| year - YEARS_NEAR..=year + YEARS_NEAR)
    }
}

#[cfg(test)]
mod tests {
    use kino_domain::Localized;

    use super::*;
    use crate::generate;

    #[test]
    fn of_a_film_what_tells_most_is_kept() {
        let film = Film {
            description: Localized {
                ru: None,
                en: Some("A man and the interplanetary planets, planets".into()),
            },
            keywords: vec!["planets".into(), "deep sea".into()],
            ..generate::film(1, 1)
        };
        let traits = Traits::of(&film);
        assert_eq!(traits.keywords, ["deep", "planet", "sea"]);
        assert_eq!(traits.description, ["interplanetari", "planet"]);
        assert_eq!(
            (traits.genres.len(), traits.people.len()),
            (film.genres.len(), film.people.len().min(PEOPLE))
        );
        assert_eq!(traits.same_time(), film.year.map(|year| year - 7..=year + 7));
        assert_eq!(Traits::default().same_time(), None);
    }
}
