//! An intent as a query of tantivy.
//!
//! Each word is worth what its best place is worth, the words of a reading add up, and the best reading counts. Clauses that
//! match nothing are left out: an ordinary query has two or three a word.

use tantivy::{
    Score, Searcher, TantivyError, Term,
    query::{
        BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, PhraseQuery,
        Query, TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};

use super::{
    super::{
        heads::HEAD_LONGEST,
        intent::{Intent, Reading, Strictness, Word},
        text::whole_without_little,
        worth::{BEGINNING, BUT_FOR_LITTLE, MISSPELT, PHRASE, SPELLED_OTHERWISE, WHOLE, YEAR_ALONE},
    },
    near_words::{NearWords, Nearness},
    places::Places,
    wholes,
};

/// Asks an index for an intent.
pub(super) struct Asking<'a> {
    pub(super) searcher: &'a Searcher,
    pub(super) near: &'a NearWords,
    pub(super) places: &'a Places,
    pub(super) strictness: Strictness,
    /// Whether one letter may be a word's beginning: as one types.
    pub(super) from_one_letter: bool,
}

/// A word as a query, and how many documents it may be in.
struct WordQuery {
    query: Box<dyn Query>,
    documents: u64,
}

impl Asking<'_> {
    /// None where nothing can match.
    pub(super) fn intent(&self, intent: &Intent) -> Result<Option<Box<dyn Query>>, TantivyError> {
        let mut clauses = Vec::new();
        let mut readings = Vec::new();
        for reading in &intent.readings {
            clauses.extend(self.whole(reading)?);
            if self.strictness.reads(reading)
                && let Some(words) = self.reading(reading)?
            {
                readings.push(boosted(words, reading.weight));
            }
        }
        clauses.extend(best_of(readings));
        Ok(match clauses.len() {
            0 | 1 => clauses.pop(),
            _ => Some(Box::new(BooleanQuery::union(clauses))),
        })
    }

    /// Titles that are the reading and nothing else, or nothing but little words; and those of the year that it ends with.
    pub(super) fn whole(&self, reading: &Reading) -> Result<Option<Box<dyn Query>>, TantivyError> {
        let Places { whole, year, .. } = *self.places;
        let value = WHOLE * reading.weight;
        let mut wholes = Vec::new();
        let exact = wholes::term(whole, &reading.whole);
        let alike = wholes::terms_but_for_little(whole, &reading.whole_without_little);
        let alike = alike.into_iter().map(|term| (term, value * BUT_FOR_LITTLE));
        for (term, value) in std::iter::once((exact, value)).chain(alike) {
            if self.searcher.doc_freq(&term)? > 0 {
                wholes.push(worth(one_of(term), value));
            }
        }
        if let (Some((field, _)), Some((title, of_year))) = (year, &reading.title_and_year) {
            for title in wholes::terms_but_for_little(whole, &whole_without_little(title)) {
                if self.searcher.doc_freq(&title)? > 0 {
                    let year = Term::from_field_i64(field, i64::from(*of_year));
                    let both: [Box<dyn Query>; 2] = [Box::new(one_of(title)), Box::new(one_of(year))];
                    wholes.push(worth(BooleanQuery::intersection(both.into()), value));
                }
            }
        }
        Ok(best_of(wholes))
    }

    fn reading(&self, reading: &Reading) -> Result<Option<Box<dyn Query>>, TantivyError> {
        let mut words = Vec::new();
        let mut missing = 0;
        for word in reading.meant() {
            match self.word(reading, word)? {
                Some(word) => words.push(word),
                None => missing += 1,
            }
        }
        let may_be_missing =
            if self.strictness.forgives_missing_words() { reading.may_be_missing() } else { 0 };
        if missing > may_be_missing || words.is_empty() {
            return Ok(None);
        }
        if may_be_missing > missing && words.len() > 1 {
            return Ok(Some(self.some_of(words, may_be_missing - missing)));
        }
        let mut clauses: Vec<_> = words.into_iter().map(|word| (Occur::Must, word.query)).collect();
        if let Some(phrase) = self.phrase(reading)? {
            clauses.push((Occur::Should, phrase));
        }
        Ok(Some(Box::new(BooleanQuery::new(clauses))))
    }

    /// All but some of the words. The rarer of them say more.
    fn some_of(&self, words: Vec<WordQuery>, missing: usize) -> Box<dyn Query> {
        let needed = words.len() - missing;
        let all = self.searcher.num_docs().max(1);
        let clauses = words.into_iter().map(|word| boosted(word.query, rarity(word.documents, all)));
        Box::new(BooleanQuery::union_with_minimum_required_clauses(clauses.collect(), needed.max(1)))
    }

    /// The words next to each other.
    fn phrase(&self, reading: &Reading) -> Result<Option<Box<dyn Query>>, TantivyError> {
        let Some(field) = self.places.phrases else { return Ok(None) };
        let terms: Vec<Term> =
            reading.words.iter().map(|word| Term::from_field_text(field, &word.text)).collect();
        if terms.len() < 2 {
            return Ok(None);
        }
        for term in &terms {
            if self.searcher.doc_freq(term)? == 0 {
                return Ok(None);
            }
        }
        Ok(Some(worth(PhraseQuery::new(terms), PHRASE)))
    }

    /// A word, wherever it may stand; the best place counts.
    fn word(&self, reading: &Reading, word: &Word) -> Result<Option<WordQuery>, TantivyError> {
        let mut places: Vec<Box<dyn Query>> = Vec::new();
        let mut documents = 0;
        let mut look_for = |term: Term, value: Score| -> Result<(), TantivyError> {
            let frequency = self.searcher.doc_freq(&term)?;
            if frequency > 0 {
                documents += frequency;
                places.push(worth(one_of(term), value));
            }
            Ok(())
        };
        let Places { names, stems, description, year, .. } = self.places;
        for (field, value) in names {
            look_for(Term::from_field_text(*field, &word.text), *value)?;
            for spelling in &word.other_spellings {
                look_for(Term::from_field_text(*field, spelling), value * SPELLED_OTHERWISE)?;
            }
        }
        for (field, value) in stems {
            look_for(Term::from_field_text(*field, &word.stem), *value)?;
        }
        if let Some((field, value)) = description
            && self.strictness.reads_descriptions(reading)
        {
            look_for(Term::from_field_text(*field, &word.stem), *value)?;
        }
        if let (Some((field, value)), Some(year)) = (year, word.year()) {
            let value = if reading.meant().count() > 1 { *value } else { YEAR_ALONE };
            look_for(Term::from_field_i64(*field, year.into()), value)?;
        }
        let may_be_unfinished = self.may_be_unfinished(reading, word);
        if may_be_unfinished {
            places.extend(self.beginnings(word)?);
        }
        if self.strictness.forgives_typos(reading) && word.typos_forgiven() > 0 {
            for (field, value) in names {
                places.extend(self.misspelt(*field, *value, word, may_be_unfinished)?);
            }
        }
        Ok(best_of(places).map(|query| WordQuery { query, documents }))
    }

    fn may_be_unfinished(&self, reading: &Reading, word: &Word) -> bool {
        let is_last = || reading.words.last() == Some(word);
        word.may_be_unfinished || (self.from_one_letter && is_last())
    }

    /// Words that begin so.
    fn beginnings(&self, word: &Word) -> Result<Vec<Box<dyn Query>>, TantivyError> {
        let is_short = word.text.chars().count() <= HEAD_LONGEST;
        let mut found = Vec::new();
        for (place, (field, value)) in self.places.names.iter().enumerate() {
            if !is_short {
                let beginning =
                    FuzzyTermQuery::new_prefix(Term::from_field_text(*field, &word.text), 0, true);
                found.push(worth(beginning, value * BEGINNING));
            } else if place == 0 {
                let head = Term::from_field_text(self.places.heads, &word.text);
                if self.searcher.doc_freq(&head)? > 0 {
                    found.push(worth(one_of(head), value * BEGINNING));
                }
            }
        }
        Ok(found)
    }

    /// Words that this may be a misspelling of.
    fn misspelt(
        &self,
        field: Field,
        value: Score,
        word: &Word,
        may_be_unfinished: bool,
    ) -> Result<Vec<Box<dyn Query>>, TantivyError> {
        let first_letter_may_be_wrong = self.strictness.forgives_first_letters();
        let mut near = self.near.of(
            self.searcher,
            field,
            word,
            Nearness { first_letter_may_be_wrong, may_be_unfinished: false },
        )?;
        if may_be_unfinished {
            near.extend(self.near.of(
                self.searcher,
                field,
                word,
                Nearness { first_letter_may_be_wrong: false, may_be_unfinished: true },
            )?);
        }
        let of_distance = |typos: usize| {
            let terms: Vec<Term> = near
                .iter()
                .filter(|(distance, _)| usize::from(*distance) == typos)
                .map(|(_, term)| term.clone())
                .collect();
            let part = MISSPELT[typos - 1];
            (!terms.is_empty()).then(|| worth(TermSetQuery::new(terms), value * part))
        };
        Ok((1..=MISSPELT.len()).filter_map(of_distance).collect())
    }
}

/// From one for a word that is everywhere to about three for one that is hardly anywhere.
#[expect(clippy::cast_precision_loss, reason = "a logarithm does not miss the last digits")]
fn rarity(documents: u64, all: u64) -> Score {
    1.0 + ((all as Score + 1.0) / (documents as Score + 1.0)).log10().max(0.0) / 3.0
}

fn one_of(term: Term) -> TermQuery {
    TermQuery::new(term, IndexRecordOption::Basic)
}

/// A query whose every match is worth the same.
pub(super) fn worth(query: impl Query, value: Score) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), value))
}

fn boosted(query: Box<dyn Query>, weight: Score) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

fn best_of(mut queries: Vec<Box<dyn Query>>) -> Option<Box<dyn Query>> {
    match queries.len() {
        0 | 1 => queries.pop(),
        _ => Some(Box::new(DisjunctionMaxQuery::new(queries))),
    }
}
