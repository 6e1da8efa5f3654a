//! What it is worth to find a word somewhere: the same for every engine.

/// In a title, and beside that elsewhere.
pub(super) const TITLE: f32 = 5.0;
pub(super) const TITLE_STEM: f32 = 4.5;
pub(super) const NAME: f32 = 4.0;
pub(super) const YEAR: f32 = 5.0;
/// Of a year that is all that is asked for: a film that is called so comes before those that are of it.
pub(super) const YEAR_ALONE: f32 = 3.0;
pub(super) const ABOUT: f32 = 2.0;
pub(super) const DESCRIPTION: f32 = 0.8;

/// Parts of a word's worth: of another spelling ("II" for "2"), of a beginning, and of a word misspelt once, twice, or at
/// its first letter too.
pub(super) const SPELLED_OTHERWISE: f32 = 0.9;
pub(super) const BEGINNING: f32 = 0.8;
pub(super) const MISSPELT: [f32; 3] = [0.7, 0.5, 0.4];

/// Of a whole title: outweighs any words.
pub(super) const WHOLE: f32 = 25.0;
/// Part of that where little words are missing or too many.
pub(super) const BUT_FOR_LITTLE: f32 = 0.8;
/// Of the words next to each other in this order.
pub(super) const PHRASE: f32 = 4.0;
