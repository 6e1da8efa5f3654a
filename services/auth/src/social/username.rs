//! User names for those who bring none: made of what a provider calls them, in the form that this house takes.

use kino_domain::tidy;

use super::Identity;
use crate::account::{self, Named};

/// Of a name, so many characters are kept: a number must fit behind it.
const KEPT: usize = 22;
const FALLBACK: &str = "viewer";
/// Beyond these, numbers say nothing any more.
const NUMBERS: std::ops::RangeInclusive<u32> = 2..=9;

/// Names to try, the best first. The last one is nobody's, but for the worst of luck: it ends with `random`.
pub(super) fn names(identity: &Identity, random: u32) -> Vec<Named> {
    let base = base(identity).unwrap_or_else(|| FALLBACK.to_owned());
    let numbered = NUMBERS.map(|number| format!("{base}{number}"));
    let random = format!("{random:08x}").split_off(2);
    let last = [format!("{base}-{random}"), format!("{FALLBACK}-{random}")];
    let names = std::iter::once(base.clone()).chain(numbered).chain(last);
    names.filter_map(|name| account::username(&name).ok()).collect()
}

fn base(identity: &Identity) -> Option<String> {
    let full = [identity.first_name.as_deref(), identity.last_name.as_deref()];
    let full = full.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let local = |address: &str| address.rsplit_once('@').map_or(address, |(local, _)| local).to_owned();
    // Some providers' handles are addresses.
    let handle = identity.handle.as_deref().map(local);
    let email = identity.email.as_deref().map(local);
    [handle, Some(full), email].into_iter().flatten().find_map(|text| sanitised(&text))
}

/// The text with what no name may have taken out, if a name is left.
fn sanitised(text: &str) -> Option<String> {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let spaced: String = tidy(text).chars().map(|c| if is_allowed(c) { c } else { ' ' }).collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join("_");
    let cut: String = joined.chars().take(KEPT).collect();
    let name = account::username(cut.trim_matches(['.', '_', '-'])).ok()?;
    Some(name.text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(handle: &str, first: &str, last: &str, email: &str) -> Identity {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Identity {
            subject: "1".to_owned(),
            email: some(email),
            email_verified: true,
            handle: some(handle),
            first_name: some(first),
            last_name: some(last),
        }
    }

    #[test]
    fn the_best_name_comes_first() {
        let long = "x".repeat(100);
        for (handle, first, last, email, wanted) in [
            ("anna", "Анна", "Каренина", "a@b.ru", "anna"),
            ("anna@example.org", "", "", "", "anna"),
            ("", "Анна", "Каренина", "a@b.ru", "Анна_Каренина"),
            ("", "Miles", "O'Brien", "", "Miles_O_Brien"),
            ("", "Ли", "", "li.wei@example.org", "li.wei"),
            ("--", "", "", "__anna__@b.ru", "anna"),
            ("<script>", "", "", "", "script"),
            ("", "🎬🎬🎬", "", "", "viewer"),
            ("", "", "", "", "viewer"),
            ("a\u{202e}nna", "", "", "", "a_nna"),
            (&long, "", "", "", &long[..KEPT]),
        ] {
            assert_eq!(
                names(&identity(handle, first, last, email), 0)[0].text,
                wanted,
                "{handle:?} {first:?}"
            );
        }
    }

    #[test]
    fn then_come_numbers_and_at_last_chance() {
        let names: Vec<_> =
            names(&identity("anna", "", "", ""), 0xdead_beef).into_iter().map(|name| name.text).collect();
        assert_eq!(names[..3], ["anna", "anna2", "anna3"]);
        assert_eq!(names[9..], ["anna-adbeef", "viewer-adbeef"]);
    }

    proptest! {
        #[test]
        fn there_is_always_a_name(text in "\\PC{0,60}", random: u32) {
            prop_assert!(!names(&identity(&text, &text, "", &text), random).is_empty());
        }
    }
}
