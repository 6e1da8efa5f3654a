//! Recovery codes: for who has lost the authenticator app. Ten, each good once, shown once.

use std::array;

use kino_domain::{Entropy, UserId};
use sha2::{Digest as _, Sha256};

/// Crockford's base 32: without I, L, O and U, which are taken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Five bits a character: 80 in all.
const LENGTH: usize = 16;
const GROUP: usize = 4;
pub(crate) const COUNT: usize = 10;

/// What is kept of a code. A fast hash is enough: 80 random bits cannot be gone through, as passwords can. The account
/// is in it, so that equal codes of two accounts do not show.
pub(crate) type RecoveryDigest = [u8; 32];

/// New codes, in groups of four, as they are shown.
pub(crate) fn make(entropy: &Entropy) -> [String; COUNT] {
    array::from_fn(|_| {
        let code = entropy.bytes::<LENGTH>().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        let groups: Vec<String> = code.chunks(GROUP).map(|group| group.iter().collect()).collect();
        groups.join("-")
    })
}

/// The digest of a code in whatever way it was typed: case, spaces and hyphens do not matter, and letters that are not
/// in the alphabet are read as the digits that they look like.
pub(crate) fn digest(user_id: UserId, typed: &str) -> RecoveryDigest {
    let code: String = typed
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    Sha256::new().chain_update(user_id.0.as_bytes()).chain_update(code).finalize().into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;

    const ANNA: UserId = UserId(Uuid::from_u128(1));
    const BORIS: UserId = UserId(Uuid::from_u128(2));

    #[test]
    fn codes_differ_and_are_easy_to_read() {
        let codes = make(&Entropy::seeded(1));
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), COUNT);
        for code in &codes {
            assert_eq!(code.len(), 19);
            for (place, character) in code.chars().enumerate() {
                let is_good =
                    if place % 5 == 4 { character == '-' } else { ALPHABET.contains(&(character as u8)) };
                assert!(is_good, "{code}");
            }
        }
    }

    #[test]
    fn the_way_of_typing_does_not_matter() {
        let digest_of = |typed| digest(ANNA, typed);
        let shown = digest_of("01AB-CDEF-GHJK-MNPQ");
        for typed in [
            "01ABCDEFGHJKMNPQ",
            "01ab cdef ghjk mnpq",
            " 01Ab-CdEf\u{a0}GHJK–MNPQ\n",
            "OlAB-CDEF-GHJK-MNPQ",
            "oIAB-CDEF-GHJK-MNPQ",
        ] {
            assert_eq!(digest_of(typed), shown, "{typed}");
        }
        assert_ne!(digest_of("01AB-CDEF-GHJK-MNPR"), shown);
        assert_ne!(digest_of("01AB-CDEF-GHJK-MNP"), shown);
        assert_ne!(digest(BORIS, "01AB-CDEF-GHJK-MNPQ"), shown);
    }
}
