//! What a cursor is of: a cursor goes on with the question that it came from, and with no other.

use sha2::{Digest as _, Sha256};

use super::engine::Wanted;

/// Tells a question from others, whichever page of it is wanted and of whatever size. What the caller may see is left out:
/// it may change between two pages, and is asked anew at each.
pub(crate) fn mark(wanted: &Wanted) -> u32 {
    let Wanted { query, access, genres, person, country, year_from, year_to, order, .. } = wanted;
    let mut genres: Vec<_> = genres.iter().map(|genre| genre.0).collect();
    genres.sort_unstable();
    // Quoted, so that no value runs into the next.
    let question =
        format!("{query:?} {access:?} {genres:?} {person:?} {country:?} {year_from:?} {year_to:?} {order:?}");
    let [first, second, third, fourth, ..] = <[u8; 32]>::from(Sha256::digest(question));
    u32::from_be_bytes([first, second, third, fourth])
}
