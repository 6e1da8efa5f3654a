//! How words are made of texts and queries, and how a query may have been meant.

use kino_domain::fold;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer,
};

/// Longer words are no words.
const WORD_LONGEST: usize = 60;
/// Words of a query that are looked at.
const QUERY_WORDS: usize = 12;
/// Characters of a query that are looked at.
const QUERY_LONGEST: usize = 200;

/// The same text whatever its case, composition and dots: what is indexed and what is asked pass through here.
pub(super) fn normalize(text: &str) -> String {
    fold(text).replace('ё', "е")
}

/// Words as they are.
pub(super) fn plain_analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_LONGEST))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

/// The stems of words. A Russian word passes the English stemmer unchanged, and the reverse.
pub(super) fn stemming_analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_LONGEST))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::Russian))
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The words of a normalized text.
pub(super) fn words(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut stream = analyzer.token_stream(text);
    let mut words = Vec::new();
    while stream.advance() {
        words.push(stream.token().text.clone());
    }
    words
}

/// A whole title or name as one term: its words with single spaces between.
pub(super) fn whole(title: &str) -> String {
    words(&mut plain_analyzer(), &normalize(title)).join(" ")
}

/// The words of a query, each with its stem.
pub(super) fn query_words(query: &str) -> Vec<(String, String)> {
    let query: String = normalize(query).chars().take(QUERY_LONGEST).collect();
    let mut words = words(&mut plain_analyzer(), &query);
    words.truncate(QUERY_WORDS);
    let mut stemming = stemming_analyzer();
    words
        .into_iter()
        .map(|word| {
            let mut stream = stemming.token_stream(&word);
            let stem = if stream.advance() { stream.token().text.clone() } else { word.clone() };
            drop(stream);
            (word, stem)
        })
        .collect()
}

/// Other ways in which a query may have been meant: typed on the wrong keyboard layout, or written in the other
/// alphabet by sound.
pub(super) fn other_readings(query: &str) -> Vec<String> {
    let query: String = query.chars().take(QUERY_LONGEST).collect::<String>().to_lowercase();
    let mut readings = Vec::new();
    if query.chars().any(is_cyrillic) {
        readings.push(by_sound_in_latin(&query));
        readings.push(map_keys(&query, |c| key_position(RUSSIAN_KEYS, ENGLISH_KEYS, c)));
    } else {
        readings.push(by_sound_in_cyrillic(&query));
        readings.push(map_keys(&query, |c| key_position(ENGLISH_KEYS, RUSSIAN_KEYS, c)));
    }
    readings.retain(|reading| *reading != query);
    readings
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, 'а'..='я' | 'ё')
}

const ENGLISH_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const RUSSIAN_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";

fn map_keys(text: &str, map: impl Fn(char) -> Option<char>) -> String {
    text.chars().map(|c| map(c).unwrap_or(c)).collect()
}

/// The character on the same key of the other layout.
fn key_position(from: &str, to: &str, c: char) -> Option<char> {
    to.chars().nth(from.chars().position(|key| key == c)?)
}

/// As passports write it, near enough for a fuzzy match.
fn by_sound_in_latin(text: &str) -> String {
    text.chars()
        .map(|c| {
            match c {
                'а' => "a",
                'б' => "b",
                'в' => "v",
                'г' => "g",
                'д' => "d",
                'е' | 'ё' | 'э' => "e",
                'ж' => "zh",
                'з' => "z",
                'и' | 'й' => "i",
                'к' => "k",
                'л' => "l",
                'м' => "m",
                'н' => "n",
                'о' => "o",
                'п' => "p",
                'р' => "r",
                'с' => "s",
                'т' => "t",
                'у' => "u",
                'ф' => "f",
                'х' => "kh",
                'ц' => "ts",
                'ч' => "ch",
                'ш' => "sh",
                'щ' => "shch",
                'ъ' | 'ь' => "",
                'ы' => "y",
                'ю' => "yu",
                'я' => "ya",
                _ => return c.to_string(),
            }
            .to_owned()
        })
        .collect()
}

/// Groups of Latin letters and what they sound like, longest first.
const SOUNDS: [(&str, &str); 41] = [
    ("shch", "щ"),
    ("sch", "щ"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ts", "ц"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("yu", "ю"),
    ("ju", "ю"),
    ("ya", "я"),
    ("ja", "я"),
    ("yo", "е"),
    ("jo", "е"),
    ("ye", "е"),
    ("iy", "ий"),
    ("yy", "ый"),
    ("ck", "к"),
    ("a", "а"),
    ("b", "б"),
    ("c", "ц"),
    ("d", "д"),
    ("e", "е"),
    ("f", "ф"),
    ("g", "г"),
    ("h", "х"),
    ("i", "и"),
    ("j", "й"),
    ("k", "к"),
    ("l", "л"),
    ("m", "м"),
    ("n", "н"),
    ("o", "о"),
    ("p", "п"),
    ("r", "р"),
    ("s", "с"),
    ("t", "т"),
    ("u", "у"),
    ("v", "в"),
    ("w", "в"),
    ("y", "ы"),
    ("z", "з"),
];

fn by_sound_in_cyrillic(text: &str) -> String {
    let mut sounded = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((letters, sound)) = SOUNDS.iter().find(|(letters, _)| rest.starts_with(letters)) {
            sounded.push_str(sound);
            rest = &rest[letters.len()..];
        } else {
            sounded.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    sounded
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
    }

    #[test]
    fn other_ways_to_mean_a_query() {
        assert!(other_readings("тарантино").contains(&"tarantino".to_owned()));
        assert!(other_readings("matritsa").contains(&"матрица".to_owned()));
        assert!(other_readings("matrica").contains(&"матрица".to_owned()));
        assert!(other_readings("vfnhbwf").contains(&"матрица".to_owned()));
        assert!(other_readings("ьфекшч").contains(&"matrix".to_owned()));
        assert!(
            other_readings("voyna i mir").contains(&"воына и мир".to_owned()),
            "a letter off is forgiven"
        );
    }

    proptest! {
        #[test]
        fn any_query_has_bounded_words(query in "\\PC{0,400}") {
            prop_assert!(query_words(&query).len() <= QUERY_WORDS);
            other_readings(&query);
        }
    }
}
