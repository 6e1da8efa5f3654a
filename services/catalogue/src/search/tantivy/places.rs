//! Where words are looked for, and what it is worth to find them there.

use tantivy::{Score, schema::Field};

use super::schema::Fields;

/// What a match is worth in a title, and beside that elsewhere.
const TITLE: Score = 5.0;
const TITLE_STEM: Score = 4.5;
const NAME: Score = 4.0;
const YEAR: Score = 5.0;
/// Of a year that is all that is asked for: a film that is called so comes before those that are of it.
pub(super) const YEAR_ALONE: Score = 3.0;
const ABOUT: Score = 2.0;
const DESCRIPTION: Score = 0.8;

/// Parts of a word's worth: of another spelling ("II" for "2"), of a beginning, and of a word misspelt once, twice, or at
/// its first letter too.
pub(super) const SPELLED_OTHERWISE: Score = 0.9;
pub(super) const BEGINNING: Score = 0.8;
pub(super) const MISSPELT: [Score; 3] = [0.7, 0.5, 0.4];

/// Of a whole title: outweighs any words.
pub(super) const WHOLE: Score = 25.0;
/// Part of that where little words are missing or too many.
pub(super) const BUT_FOR_LITTLE: Score = 0.8;
/// Of the words next to each other in this order.
pub(super) const PHRASE: Score = 4.0;

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
