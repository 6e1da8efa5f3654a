//! The first letters of words.

use tantivy::tokenizer::{Token, TokenFilter, TokenStream, Tokenizer};

/// Beginnings of words up to so many letters are kept as such.
pub(super) const HEAD_LONGEST: usize = 3;

/// Makes of each word its first letter, its first two, and so on.
#[derive(Clone)]
pub(super) struct Heads;

impl TokenFilter for Heads {
    type Tokenizer<T: Tokenizer> = HeadsOf<T>;

    fn transform<T: Tokenizer>(self, words: T) -> HeadsOf<T> {
        HeadsOf(words)
    }
}

/// What makes words, and then heads of them.
#[derive(Clone)]
pub(super) struct HeadsOf<T>(T);

impl<T: Tokenizer> Tokenizer for HeadsOf<T> {
    type TokenStream<'a> = HeadStream<T::TokenStream<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        HeadStream { words: self.0.token_stream(text), letters: HEAD_LONGEST, head: Token::default() }
    }
}

/// The heads of words, one after the other.
pub(super) struct HeadStream<S> {
    words: S,
    /// Letters of the word in the head before.
    letters: usize,
    head: Token,
}

impl<S: TokenStream> TokenStream for HeadStream<S> {
    fn advance(&mut self) -> bool {
        loop {
            let word = &self.words.token().text;
            if self.letters < HEAD_LONGEST
                && let Some(letter) = word[self.head.text.len()..].chars().next()
            {
                self.head.text.push(letter);
                self.letters += 1;
                return true;
            }
            if !self.words.advance() {
                return false;
            }
            self.head.text.clear();
            self.head.position = self.words.token().position;
            self.letters = 0;
        }
    }

    fn token(&self) -> &Token {
        &self.head
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.head
    }
}

#[cfg(test)]
mod tests {
    use tantivy::tokenizer::TextAnalyzer;

    use super::*;
    use crate::search::analyzer::heads_analyzer;

    fn heads(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
        let mut heads = Vec::new();
        analyzer.token_stream(text).process(&mut |token| heads.push(token.text.clone()));
        heads
    }

    #[test]
    fn each_word_has_heads_of_one_to_three_letters() {
        let mut analyzer = heads_analyzer();
        for _ in 0..2 {
            let heads = heads(&mut analyzer, "Войны и Et, Thé");
            assert_eq!(heads, ["в", "во", "вой", "и", "e", "et", "t", "th", "the"]);
        }
        assert_eq!(heads(&mut analyzer, ""), Vec::<String>::new());
        assert_eq!(heads(&mut analyzer, "?!"), Vec::<String>::new());
    }
}
