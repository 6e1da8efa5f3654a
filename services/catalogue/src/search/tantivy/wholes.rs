//! Whole titles and names as terms: hashes of them. There are more of them than films, nearly each in one film alone, and the
//! shorter they are, the less it takes to make and to keep them: a term costs a node of the dictionary for each byte that no other
//! begins with. Of the hashes of a million films' titles, two are the same by chance in one of some fifty such catalogues; then
//! who asks for the one by its whole title finds the other beside it.

use tantivy::{Term, schema::Field};
use xxhash_rust::xxh3::xxh3_64;

use super::super::text::whole_without_little;

/// Bits of a hash. The term's first bytes are the same for all.
const BITS: u32 = 48;

/// The term of a whole title or name.
pub(super) fn term(field: Field, whole: &str) -> Term {
    Term::from_field_u64(field, hash(whole))
}

/// The terms of all that are this but for little words; what is asked for has none.
pub(super) fn terms_but_for_little(field: Field, without_little: &str) -> [Term; 2] {
    [term(field, without_little), Term::from_field_u64(field, marked(without_little))]
}

/// What is kept of a whole title or name: itself, and, where there are little words in it, [marked] what it is without.
pub(super) fn kept(whole: &str) -> impl Iterator<Item = u64> + use<> {
    let without_little = whole_without_little(whole);
    let marked = (without_little != whole).then(|| marked(&without_little));
    std::iter::once(hash(whole)).chain(marked)
}

/// Words have no such sign.
fn marked(without_little: &str) -> u64 {
    hash(&format!("~{without_little}"))
}

fn hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes()) >> (u64::BITS - BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether who asks for `asked`, which has no little words, finds what is `kept` as the same but for little words.
    fn finds(asked: &str, of: &str) -> bool {
        let field = Field::from_field_id(0);
        let asked = terms_but_for_little(field, asked);
        kept(of).any(|hash| asked.contains(&Term::from_field_u64(field, hash)))
    }

    #[test]
    fn little_words_may_be_there_or_not() {
        assert!(finds("matrix", "matrix"));
        assert!(finds("matrix", "the matrix"));
        assert!(!finds("matrix", "matrix reloaded"));
        assert!(finds("с и без", "с и без"), "nothing but little words");
    }

    #[test]
    fn what_is_asked_for_whole_is_found_whole() {
        let field = Field::from_field_id(0);
        let is_kept = |asked: &str, of: &str| {
            kept(of).any(|hash| term(field, asked) == Term::from_field_u64(field, hash))
        };
        assert!(is_kept("the matrix", "the matrix"));
        assert!(!is_kept("matrix", "the matrix"));
        assert!(!is_kept("the matrix", "matrix"));
    }

    /// Indexes that were made before are read with the same hashes.
    #[test]
    fn a_hash_stays_what_it_is() {
        assert_eq!(kept("the matrix").collect::<Vec<_>>(), [119_226_540_813_390, 259_850_023_941_311]);
    }
}
