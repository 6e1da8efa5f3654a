//! Texts as their words with spaces between, which is all that the server splits at.

use tantivy::tokenizer::TextAnalyzer;

use super::super::text::{plain_analyzer, stemming_analyzer, words};

/// Makes words of normalized texts, as every engine does.
pub(super) struct Words {
    plain: TextAnalyzer,
    stemming: TextAnalyzer,
}

impl Words {
    pub(super) fn new() -> Self {
        Self { plain: plain_analyzer(), stemming: stemming_analyzer() }
    }

    /// Words as they are.
    pub(super) fn plain(&mut self, text: &str) -> String {
        words(&mut self.plain, text).join(" ")
    }

    /// The stems of words.
    pub(super) fn stems(&mut self, text: &str) -> String {
        words(&mut self.stemming, text).join(" ")
    }
}
