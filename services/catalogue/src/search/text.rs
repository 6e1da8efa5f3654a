//! How words are made of texts and of queries.

use kino_domain::fold;

use super::analyzer::{is_of_word, joined_words, stems, words};

/// Words of a query that are looked at.
const QUERY_WORDS: usize = 12;
/// Characters of a query that are looked at.
pub(super) const QUERY_LONGEST: usize = 200;
/// What an English word may end with behind an apostrophe: `'s`, `'t`, `'re`.
const ENDING_LONGEST: usize = 2;

/// The same text whatever its case, composition, dots and apostrophes: what is indexed and what is asked pass through
/// here. `Schindler's` is one word, `L'Avventura` are two.
pub(super) fn normalize(text: &str) -> String {
    let mut folded = fold(text);
    if folded.contains('ё') {
        folded = folded.replace('ё', "е");
    }
    if may_have_apostrophes(&folded) { join_endings(&folded) } else { folded }
}

fn join_endings(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let behind = &text[at + c.len_utf8()..];
        let ending = behind.find(|c: char| !c.is_alphanumeric()).unwrap_or(behind.len());
        let is_ending = (1..=ENDING_LONGEST).contains(&behind[..ending].chars().count());
        if !(is_apostrophe(c) && is_ending && joined.ends_with(char::is_alphanumeric)) {
            joined.push(c);
        }
    }
    joined
}

/// Whether there is a byte that one of them begins with: most texts have none, and bytes are looked at many at once.
fn may_have_apostrophes(text: &str) -> bool {
    memchr::memchr3(b'\'', b'`', 0xe2, text.as_bytes()).is_some()
        || memchr::memchr(0xca, text.as_bytes()).is_some()
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2bc}' | '`')
}

/// A title with what holds its words together taken out, where there is any: `Spider-Man` as `SpiderMan`, `E.T.` as `ET`.
pub(super) fn joined(title: &str) -> Option<String> {
    let is_kept = |c: char| is_of_word(c) || c.is_whitespace();
    if title.chars().all(is_kept) {
        return None;
    }
    let joined: String = title.chars().filter(|c| is_kept(*c)).collect();
    (words(&joined) != words(title)).then_some(joined)
}

/// A whole title or name as one term: its words with single spaces between.
pub(super) fn whole(title: &str) -> String {
    joined_words(&normalize(title))
}

/// The same without little words, unless there are no others.
pub(super) fn whole_without_little(whole: &str) -> String {
    let kept: Vec<&str> = whole.split(' ').filter(|word| !is_little(word)).collect();
    if kept.is_empty() { whole.to_owned() } else { kept.join(" ") }
}

/// Whether a word says little by itself: a query without such words means the same. A query of nothing else means them.
/// Asked of each word of every title.
pub(super) fn is_little(word: &str) -> bool {
    matches!(
        word,
        "a" | "an"
            | "and"
            | "at"
            | "by"
            | "for"
            | "from"
            | "in"
            | "is"
            | "of"
            | "on"
            | "or"
            | "the"
            | "to"
            | "with"
            | "а"
            | "без"
            | "в"
            | "во"
            | "для"
            | "до"
            | "за"
            | "и"
            | "из"
            | "или"
            | "к"
            | "ко"
            | "на"
            | "над"
            | "о"
            | "об"
            | "от"
            | "по"
            | "под"
            | "с"
            | "со"
            | "у"
            | "про"
    )
}

/// The words of a query, each with its stem.
pub(super) fn query_words(query: &str) -> Vec<(String, String)> {
    let query: String = normalize(query).chars().take(QUERY_LONGEST).collect();
    let mut words = words(&query);
    words.truncate(QUERY_WORDS);
    words
        .into_iter()
        .map(|word| {
            let stem = stems(&word).into_iter().next().unwrap_or_else(|| word.clone());
            (word, stem)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_word_in_many_spellings() {
        for spelling in ["Звёздные", "ЗВЕЗДНЫЕ", "звезднЫе"] {
            assert_eq!(query_words(spelling)[0].0, "звездные");
        }
        assert_eq!(query_words("Amélie")[0].0, "amelie");
        assert_eq!(query_words("войны")[0].1, query_words("войной")[0].1);
        assert_eq!(query_words("dreams")[0].1, query_words("dreaming")[0].1);
        assert_eq!(whole("Schindler’s List"), whole("schindlers list"));
        assert_eq!(whole("L'Avventura"), "l avventura");
        assert_eq!(whole("Don't Look 'Up'"), "dont look up");
    }

    #[test]
    fn what_holds_words_together_may_be_left_out() {
        assert_eq!(joined("spider-man 2").as_deref(), Some("spiderman 2"));
        assert_eq!(joined("e.t. the alien").as_deref(), Some("et the alien"));
        assert_eq!(joined("star wars: a new hope"), None);
    }

    #[test]
    fn every_apostrophe_is_seen() {
        for c in (0..=0xffff).filter_map(char::from_u32).filter(|c| is_apostrophe(*c)) {
            assert!(may_have_apostrophes(&format!("schindler{c}s")), "{c:?}");
        }
        assert!(!may_have_apostrophes("Список Шиндлера"));
    }

    #[test]
    fn little_words_are_left_out_unless_there_are_no_others() {
        assert_eq!(whole_without_little("the lord of the rings"), "lord rings");
        assert_eq!(whole_without_little("с и без"), "с и без");
    }

    proptest! {
        #[test]
        fn any_query_has_bounded_words(query in "\\PC{0,400}") {
            prop_assert!(query_words(&query).len() <= QUERY_WORDS);
        }
    }
}
