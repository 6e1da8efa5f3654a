//! Where words are looked for: as in `tantivy/places.rs`.

use super::super::worth::{ABOUT, DESCRIPTION, NAME, TITLE, TITLE_STEM, YEAR};

/// Words as they are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) words: &'static str,
    /// Where their beginnings are.
    pub(super) beginnings: &'static str,
    pub(super) worth: f32,
}

/// The fields to look in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) names: &'static [Written],
    /// Stems of words.
    pub(super) stems: &'static [(&'static str, f32)],
    pub(super) description: Option<(&'static str, f32)>,
    /// Whole titles or names.
    pub(super) whole: &'static str,
    /// Where words have positions.
    pub(super) phrases: Option<&'static str>,
    pub(super) year: Option<(&'static str, f32)>,
}

const TITLES: Written = Written { words: "titles", beginnings: "title_beginnings", worth: TITLE };
const PEOPLE: Written = Written { words: "people", beginnings: "people_beginnings", worth: NAME };
const NAMES: Written = Written { words: "names", beginnings: "name_beginnings", worth: TITLE };

impl Places {
    /// Everything that is known of films.
    pub(super) const OF_FILMS: Self = Self {
        names: &[TITLES, PEOPLE],
        stems: &[("title_stems", TITLE_STEM), ("about", ABOUT)],
        description: Some(("description", DESCRIPTION)),
        whole: "whole_title",
        phrases: Some("titles"),
        year: Some(("year", YEAR)),
    };
    /// The titles of films alone.
    pub(super) const OF_TITLES: Self = Self {
        names: &[TITLES],
        stems: &[],
        description: None,
        whole: "whole_title",
        phrases: Some("titles"),
        year: None,
    };
    /// The names of persons.
    pub(super) const OF_PERSONS: Self = Self {
        names: &[NAMES],
        stems: &[],
        description: None,
        whole: "whole_name",
        phrases: None,
        year: None,
    };
}
