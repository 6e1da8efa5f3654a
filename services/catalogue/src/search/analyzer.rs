//! How words are made of normalized texts: as they are, and as stems.
//!
//! Texts use few words again and again, so an analyzer remembers what it made of each.

use std::cell::RefCell;

use foldhash::{HashMap, HashMapExt as _};
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RawTokenizer, RemoveLongFilter, Stemmer, TextAnalyzer, Token,
    TokenStream, Tokenizer,
};

use super::heads::Heads;

/// Longer words, in bytes, are no words.
const WORD_LONGEST: usize = 60;
/// Words that an analyzer remembers; then it begins anew.
const REMEMBERED: usize = 30_000;

/// Words as they are.
pub(super) fn plain_analyzer() -> TextAnalyzer {
    plain().into()
}

/// The first letters of words as they are.
pub(super) fn heads_analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(plain()).filter(Heads).build()
}

fn plain() -> Remembering {
    let one_word = TextAnalyzer::builder(RawTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_LONGEST))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter);
    Remembering::new(one_word.build(), true)
}

/// The stems of words. A Russian word passes the English stemmer unchanged, and the reverse.
pub(super) fn stemming_analyzer() -> TextAnalyzer {
    let one_word = TextAnalyzer::builder(RawTokenizer::default())
        .filter(RemoveLongFilter::limit(WORD_LONGEST))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::Russian))
        .filter(Stemmer::new(Language::English));
    Remembering::new(one_word.build(), false).into()
}

thread_local! {
    static PLAIN: RefCell<TextAnalyzer> = RefCell::new(plain_analyzer());
    static STEMMING: RefCell<TextAnalyzer> = RefCell::new(stemming_analyzer());
}

/// The words of a normalized text.
pub(super) fn words(text: &str) -> Vec<String> {
    PLAIN.with_borrow_mut(|analyzer| all(analyzer, text))
}

/// The words of a normalized text with single spaces between.
pub(super) fn joined_words(text: &str) -> String {
    PLAIN.with_borrow_mut(|analyzer| {
        let mut stream = analyzer.token_stream(text);
        let mut joined = String::with_capacity(text.len());
        while stream.advance() {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(&stream.token().text);
        }
        joined
    })
}

/// The stems of the words of a normalized text.
pub(super) fn stems(text: &str) -> Vec<String> {
    STEMMING.with_borrow_mut(|analyzer| all(analyzer, text))
}

fn all(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut stream = analyzer.token_stream(text);
    let mut words = Vec::new();
    while stream.advance() {
        words.push(stream.token().text.clone());
    }
    words
}

/// Whether a character is part of a word. Asked of each character of the catalogue: those of Russian and English are told
/// without a look into the tables of Unicode.
pub(super) fn is_of_word(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        'А'..='я' | 'ё' => true,
        _ => c.is_alphanumeric(),
    }
}

/// What a character is to a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Not part of one.
    Outside,
    /// Folding leaves it alone: small letters of English and Russian, digits.
    Folded,
    Other,
}

/// The character at this place: how many bytes it has, and what it is to a word. Asked of each character of the catalogue: the
/// usual ones are told by their bytes.
#[inline]
fn part_at(text: &str, at: usize) -> (usize, Part) {
    match &text.as_bytes()[at..] {
        [b'a'..=b'z' | b'0'..=b'9', ..] => (1, Part::Folded),
        // а to п, р to я.
        [0xd0, 0xb0..=0xbf, ..] | [0xd1, 0x80..=0x8f, ..] => (2, Part::Folded),
        [b'A'..=b'Z', ..] => (1, Part::Other),
        [0..=0x7f, ..] => (1, Part::Outside),
        _ => unusual_part_at(text, at),
    }
}

#[cold]
fn unusual_part_at(text: &str, at: usize) -> (usize, Part) {
    text[at..].chars().next().map_or((1, Part::Outside), |c| {
        (c.len_utf8(), if is_of_word(c) { Part::Other } else { Part::Outside })
    })
}

/// Parts a text into words and asks `one_word` what each is, once.
#[derive(Clone)]
struct Remembering {
    one_word: TextAnalyzer,
    /// Whether words of [folded](Part::Folded) characters stay what they are: most do, and need no memory.
    keeps_folded: bool,
    known: HashMap<Box<str>, Made>,
    token: Token,
}

/// What was made of a word.
#[derive(Clone)]
enum Made {
    /// It is no word.
    Nothing,
    /// What it was.
    Same,
    Other(Box<str>),
}

impl Remembering {
    fn new(one_word: TextAnalyzer, keeps_folded: bool) -> Self {
        Self { one_word, keeps_folded, known: HashMap::new(), token: Token::default() }
    }

    /// Whether it is a word; the token is then what is made of it.
    fn ask(&mut self, word: &str, is_folded: bool) -> bool {
        if self.keeps_folded && is_folded && word.len() < WORD_LONGEST {
            word.clone_into(&mut self.token.text);
            return true;
        }
        if let Some(known) = self.known.get(word) {
            let made = match known {
                Made::Nothing => return false,
                Made::Same => word,
                Made::Other(made) => made,
            };
            made.clone_into(&mut self.token.text);
            return true;
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let made = all(&mut self.one_word, word).pop();
        let is_word = made.is_some();
        if let Some(made) = &made {
            self.token.text.clone_from(made);
        }
        let known = match made {
            None => Made::Nothing,
            Some(made) if made == word => Made::Same,
            Some(made) => Made::Other(made.into()),
        };
        self.known.insert(word.into(), known);
        is_word
    }
}

impl Tokenizer for Remembering {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        self.token.reset();
        Words { text, at: 0, made: self }
    }
}

/// The words of a text.
struct Words<'a> {
    text: &'a str,
    /// What is before this byte has been parted.
    at: usize,
    made: &'a mut Remembering,
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        let (text, length) = (self.text, self.text.len());
        while self.at < length {
            let start = self.at;
            let (bytes, part) = part_at(text, start);
            let (mut end, mut folded) = (start + bytes, part == Part::Folded);
            if part == Part::Outside {
                self.at = end;
                continue;
            }
            while end < length {
                let (bytes, part) = part_at(text, end);
                if part == Part::Outside {
                    break;
                }
                folded &= part == Part::Folded;
                end += bytes;
            }
            self.at = end;
            let token = &mut self.made.token;
            (token.offset_from, token.offset_to) = (start, end);
            // A token is reset to the place before the first.
            token.position = token.position.wrapping_add(1);
            if self.made.ask(&text[start..end], folded) {
                return true;
            }
        }
        false
    }

    fn token(&self) -> &Token {
        &self.made.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.made.token
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tantivy::tokenizer::SimpleTokenizer;

    use super::*;

    #[test]
    fn what_is_remembered_is_what_was_made() {
        let text = "войны войной dreams dreaming Amélie войны dreams";
        assert_eq!(words(text), ["войны", "войной", "dreams", "dreaming", "amelie", "войны", "dreams"]);
        assert_eq!(stems(text), ["войн", "войн", "dream", "dream", "ameli", "войн", "dream"]);
        assert_eq!(stems(text), stems(text));
    }

    #[test]
    fn long_words_are_left_out_and_keep_their_places() {
        let text = format!("one {} three", "x".repeat(WORD_LONGEST));
        let mut analyzer = plain_analyzer();
        for _ in 0..2 {
            let mut stream = analyzer.token_stream(&text);
            let mut places = Vec::new();
            stream.process(&mut |token| places.push((token.text.clone(), token.position)));
            assert_eq!(places, [("one".to_owned(), 0), ("three".to_owned(), 2)]);
        }
    }

    #[test]
    fn every_character_is_told_by_its_bytes() {
        for c in '\0'..=char::MAX {
            let part = match c {
                'a'..='z' | '0'..='9' | 'а'..='я' => Part::Folded,
                _ if c.is_alphanumeric() => Part::Other,
                _ => Part::Outside,
            };
            assert!(part_at(c.encode_utf8(&mut [0; 4]), 0) == (c.len_utf8(), part), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn words_are_those_that_the_filters_make_in_a_row(text in "(\\PC|[а-яё ]){0,80}") {
            let mut in_a_row = TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(RemoveLongFilter::limit(WORD_LONGEST))
                .filter(LowerCaser)
                .filter(AsciiFoldingFilter)
                .build();
            let tokens = |analyzer: &mut TextAnalyzer| {
                let mut tokens = Vec::new();
                analyzer.token_stream(&text).process(&mut |token| tokens.push(token.clone()));
                tokens
            };
            prop_assert_eq!(tokens(&mut plain_analyzer()), tokens(&mut in_a_row));
        }
    }
}
