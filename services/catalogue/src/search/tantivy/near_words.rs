//! Words of the index that a misspelt word may mean.
//!
//! They are looked up in the dictionary of terms, where a trusted first letter leaves a thirtieth of it to look at, and the
//! few nearest are asked for. So they can be valued by how near they are, and what they cost is bounded.

use std::{cell::RefCell, collections::HashMap};

use tantivy::{Searcher, TantivyError, Term, query::FuzzyTermQuery, schema::Field};

use super::super::intent::Word;

/// Words that are taken: the nearest, and of equally near ones the most frequent.
const MOST: usize = 24;
/// From how many letters on a beginning may be misspelt.
const BEGINNING_FROM: usize = 5;

/// How a misspelt word is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Nearness {
    pub(super) first_letter_may_be_wrong: bool,
    /// Whether it may also be the misspelt beginning of a longer word.
    pub(super) may_be_unfinished: bool,
}

/// A word of the index, and how many typos it is away.
type Near = (u8, Term);

/// Near words of one question: a step of widening asks for what the one before asked for, and it costs most of all.
#[derive(Default)]
pub(super) struct NearWords(RefCell<HashMap<(Field, String, Nearness), Vec<Near>>>);

impl NearWords {
    /// Words of a field, each with how many typos it is away.
    pub(super) fn of(
        &self,
        searcher: &Searcher,
        field: Field,
        word: &Word,
        nearness: Nearness,
    ) -> Result<Vec<Near>, TantivyError> {
        let key = (field, word.text.clone(), nearness);
        if let Some(near) = self.0.borrow().get(&key) {
            return Ok(near.clone());
        }
        let near = look_up(searcher, field, word, nearness)?;
        self.0.borrow_mut().insert(key, near.clone());
        Ok(near)
    }
}

fn look_up(
    searcher: &Searcher,
    field: Field,
    word: &Word,
    nearness: Nearness,
) -> Result<Vec<Near>, TantivyError> {
    let mut found: HashMap<String, (u8, u32)> = HashMap::new();
    let is_beginning = nearness.may_be_unfinished && word.text.chars().count() >= BEGINNING_FROM;
    let term = Term::from_field_text(field, &word.text);
    let automaton = if is_beginning {
        FuzzyTermQuery::new_prefix(term, 1, true).automaton()?
    } else {
        FuzzyTermQuery::new(term, word.typos_forgiven(), true).automaton()?
    };
    let first = word.text.chars().next().unwrap_or_default();
    let next = char::from_u32(u32::from(first) + 1).unwrap_or(char::MAX);
    let any_first = nearness.first_letter_may_be_wrong && word.first_letter_may_be_wrong();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut range = index.terms().search(&automaton);
        if !any_first {
            range = range.ge(first.to_string()).lt(next.to_string());
        }
        let mut terms = range.into_stream()?;
        while terms.advance() {
            let Ok(text) = str::from_utf8(terms.key()) else { continue };
            let typos = word.typos_to(text).or_else(|| is_beginning.then_some(2));
            if let Some(typos) = typos
                && !text.starts_with(&word.text)
            {
                found.entry(text.to_owned()).or_insert((typos, 0)).1 += terms.value().doc_freq;
            }
        }
    }
    let mut nearest: Vec<(String, (u8, u32))> = found.into_iter().collect();
    nearest.sort_unstable_by(|(one, (typos, films)), (other, (more_typos, more_films))| {
        typos.cmp(more_typos).then(more_films.cmp(films)).then(one.cmp(other))
    });
    nearest.truncate(MOST);
    Ok(nearest.into_iter().map(|(text, (typos, _))| (typos, Term::from_field_text(field, &text))).collect())
}
