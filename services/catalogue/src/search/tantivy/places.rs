//! Where words are looked for.

use tantivy::{Score, schema::Field};

use super::{
    super::worth::{ABOUT, DESCRIPTION, NAME, TITLE, TITLE_STEM, YEAR},
    schema::Fields,
};

/// The fields to look in.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// Words as they are written.
    pub(super) names: Vec<(Field, Score)>,
    /// Their stems.
    pub(super) stems: Vec<(Field, Score)>,
    pub(super) description: Option<(Field, Score)>,
    /// Short beginnings of words of the first of `names`.
    pub(super) heads: Field,
    /// Whole titles or names.
    pub(super) whole: Field,
    /// Where words have positions.
    pub(super) phrases: Option<Field>,
    pub(super) year: Option<(Field, Score)>,
}

impl Places {
    /// Everything that is known of films.
    pub(super) fn of_films(fields: &Fields) -> Self {
        Self {
            names: vec![(fields.titles, TITLE), (fields.people, NAME)],
            stems: vec![(fields.title_stems, TITLE_STEM), (fields.about, ABOUT)],
            description: Some((fields.description, DESCRIPTION)),
            heads: fields.title_heads,
            whole: fields.whole_title,
            phrases: Some(fields.titles),
            year: Some((fields.year, YEAR)),
        }
    }

    /// The titles of films alone.
    pub(super) fn of_titles(fields: &Fields) -> Self {
        Self {
            names: vec![(fields.titles, TITLE)],
            stems: Vec::new(),
            description: None,
            heads: fields.title_heads,
            whole: fields.whole_title,
            phrases: Some(fields.titles),
            year: None,
        }
    }

    /// The names of persons.
    pub(super) fn of_persons(fields: &Fields) -> Self {
        Self {
            names: vec![(fields.person_names, TITLE)],
            stems: Vec::new(),
            description: None,
            heads: fields.person_heads,
            whole: fields.whole_name,
            phrases: None,
            year: None,
        }
    }
}
