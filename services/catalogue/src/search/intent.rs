//! What a query may mean: its readings, in words. The engines share this, so that both find the same.

use super::text::{other_readings, query_words, whole};

/// A query, understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Intent {
    /// As typed first, then in the other alphabet and on the other keyboard layout.
    pub(crate) readings: Vec<Reading>,
}

/// One way to read a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) words: Vec<Word>,
    /// The words with single spaces between: to be compared with whole titles.
    pub(crate) whole: String,
    /// What a match is worth beside one as typed.
    pub(crate) weight: f32,
}

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Folded, ё as е, without accents.
    pub(crate) text: String,
    pub(crate) stem: String,
}

/// How strictly words are compared: tried in this order, until something is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strictness {
    /// The word itself, its stem, or its beginning for the last one.
    Exact,
    /// Or a word that differs by a letter or two.
    Typos,
    /// The words themselves, in titles and names only, and one of several may be missing.
    Loose,
}

/// Of a reading that was not typed.
const OTHER_READING: f32 = 0.6;

impl Intent {
    /// Reads a query; none where it has no word.
    pub(crate) fn of(query: &str) -> Option<Self> {
        let typed = Reading::of(query, 1.0)?;
        let others = other_readings(query).into_iter().filter_map(|text| Reading::of(&text, OTHER_READING));
        Some(Self { readings: std::iter::once(typed).chain(others).collect() })
    }
}

impl Reading {
    fn of(query: &str, weight: f32) -> Option<Self> {
        let words: Vec<Word> =
            query_words(query).into_iter().map(|(text, stem)| Word { text, stem }).collect();
        (!words.is_empty()).then(|| Self { words, whole: whole(query), weight })
    }
}

impl Word {
    /// How many letters may be wrong. Counted in letters, so that Russian is forgiven as much as English.
    pub(crate) fn typos_forgiven(&self, strictness: Strictness) -> u8 {
        // Years and parts ("2") are meant as they stand.
        if strictness != Strictness::Typos || self.is_number() {
            return 0;
        }
        match self.text.chars().count() {
            0..=3 => 0,
            4..=7 => 1,
            _ => 2,
        }
    }

    /// Whether it is made of digits: a year, or the number of a part.
    pub(crate) fn is_number(&self) -> bool {
        self.text.chars().all(char::is_numeric)
    }
}
