//! How long, how many and how much a film may have of anything, whichever way it comes in.

use std::ops::RangeInclusive;

pub(crate) const YEARS: RangeInclusive<i32> = 1870..=2100;
pub(crate) const RATINGS: RangeInclusive<f64> = 0.0..=10.0;
/// Minutes, seasons, episodes.
pub(crate) const COUNTS: RangeInclusive<i32> = 1..=100_000;

/// Lengths are in characters.
pub(crate) const TITLE_LONGEST: usize = 500;
pub(crate) const DESCRIPTION_LONGEST: usize = 10_000;
/// Of genres, persons, countries and keywords.
pub(crate) const NAME_LONGEST: usize = 200;
pub(crate) const AGE_RATING_LONGEST: usize = 10;
pub(crate) const ADDRESS_LONGEST: usize = 2000;
/// Entries of a list.
pub(crate) const LIST_LONGEST: usize = 200;

/// A web address or a path of this site: nothing that a browser would run.
pub(crate) fn is_address(text: &str) -> bool {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    text.starts_with("https://") || text.starts_with("http://") || is_path
}
