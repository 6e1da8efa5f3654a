//! What is asked of the index.
//!
//! A query is read strictly first: every word must stand in a title, a name, a genre or the description, the last one
//! perhaps unfinished; the query in the other alphabet or keyboard layout counts too. If nothing is found, words may
//! differ by a letter or two; if still nothing, one word may be missing from titles and names.

use kino_domain::{AccessLevel, FilmId, GenreId, PersonId};
use tantivy::{
    DocId, Score, SegmentReader, TantivyDocument, TantivyError, Term,
    collector::{Count, TopDocs},
    query::{
        AllQuery, BooleanQuery, BoostQuery, DisjunctionMaxQuery, EmptyQuery, FuzzyTermQuery, Occur,
        PhraseQuery, Query, RangeQuery, TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption, Value as _},
};

use super::{
    index::FilmIndex,
    schema::{Fields, whole},
    text::{other_readings, query_words},
};

/// Pages deeper than this are empty: nobody reads so far, and each costs all before it.
const DEEPEST: usize = 10_000;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) query: String,
    /// What the caller may see: part of the query, so that counts leak nothing.
    pub(crate) visible: Vec<AccessLevel>,
    pub(crate) genres: Vec<GenreId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) country: Option<String>,
    pub(crate) year_from: Option<i32>,
    pub(crate) year_to: Option<i32>,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The films of the page, most relevant first.
    pub(crate) films: Vec<FilmId>,
    /// How many there are in all.
    pub(crate) total: u64,
}

/// How strictly words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strictness {
    /// The word itself, its stem, or its beginning for the last one.
    Exact,
    /// Or a word that differs by a letter or two.
    Typos,
    /// The words themselves, in titles and names only, and one of several may be missing.
    Loose,
}

/// What a match in a field is worth.
mod weight {
    use tantivy::Score;

    pub(super) const WHOLE_TITLE: Score = 60.0;
    pub(super) const PHRASE: Score = 3.0;
    pub(super) const TOGETHER: Score = 20.0;
    pub(super) const TITLE: Score = 5.0;
    pub(super) const TITLE_BEGINNING: Score = 5.0;
    pub(super) const TITLE_STEM: Score = 4.0;
    pub(super) const TITLE_TYPO: Score = 5.0;
    pub(super) const NAME: Score = 4.0;
    pub(super) const NAME_BEGINNING: Score = 4.0;
    pub(super) const NAME_TYPO: Score = 3.5;
    pub(super) const GENRE: Score = 2.0;
    pub(super) const DESCRIPTION: Score = 0.8;
    /// Of a reading that was not typed.
    pub(super) const OTHER_READING: Score = 0.6;
    /// Of how widely a film is known: a film with a million votes counts a third more.
    pub(super) const VOTES: Score = 0.025;
}

impl FilmIndex {
    /// Films that answer a query, most relevant first.
    pub(crate) fn search(&self, wanted: &Wanted) -> Result<Found, TantivyError> {
        let typed = query_words(&wanted.query);
        if typed.is_empty() && !wanted.query.trim().is_empty() {
            // Signs without a word: nothing answers them.
            return Ok(Found::default());
        }
        if typed.is_empty() {
            return self.collect(Box::new(AllQuery), wanted);
        }
        for strictness in [Strictness::Exact, Strictness::Typos, Strictness::Loose] {
            let found = self.collect(self.read(&wanted.query, strictness), wanted)?;
            if found.total > 0 {
                return Ok(found);
            }
        }
        Ok(Found::default())
    }

    /// The query in every way in which it may have been meant.
    fn read(&self, query: &str, strictness: Strictness) -> Box<dyn Query> {
        let mut readings = vec![reading(&self.fields, query, strictness)];
        for other in other_readings(query) {
            let other = reading(&self.fields, &other, strictness);
            readings.push(Box::new(BoostQuery::new(other, weight::OTHER_READING)));
        }
        Box::new(DisjunctionMaxQuery::new(readings))
    }

    fn collect(&self, query: Box<dyn Query>, wanted: &Wanted) -> Result<Found, TantivyError> {
        let mut clauses = filters(&self.fields, wanted);
        clauses.push((Occur::Must, query));
        let query = BooleanQuery::new(clauses);
        let searcher = self.reader.searcher();
        let offset = usize::try_from(wanted.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(wanted.limit).unwrap_or(0);
        if limit == 0 || offset >= DEEPEST {
            let total = searcher.search(&query, &Count)?;
            return Ok(Found { films: Vec::new(), total: total as u64 });
        }
        let best = TopDocs::with_limit(limit).and_offset(offset).tweak_score(|segment: &SegmentReader| {
            let votes = segment.fast_fields().u64("votes").ok();
            move |document: DocId, score: Score| {
                let votes = votes.as_ref().and_then(|votes| votes.first(document)).unwrap_or(0);
                #[expect(clippy::cast_precision_loss, reason = "a logarithm does not miss the last digits")]
                let known = (1.0 + votes as Score).ln();
                score * weight::VOTES.mul_add(known, 1.0)
            }
        });
        let (best, total) = searcher.search(&query, &(best, Count))?;
        let mut films = Vec::with_capacity(best.len());
        for (_, address) in best {
            let document: TantivyDocument = searcher.doc(address)?;
            let id = document.get_first(self.fields.id).and_then(|value| value.as_str());
            films.extend(id.and_then(|id| id.parse::<FilmId>().ok()));
        }
        Ok(Found { films, total: total as u64 })
    }
}

/// One way to read a query: its words, the whole of it as a title, and its words side by side.
fn reading(fields: &Fields, query: &str, strictness: Strictness) -> Box<dyn Query> {
    let words = query_words(query);
    if words.is_empty() {
        return Box::new(EmptyQuery);
    }
    let last = words.len() - 1;
    let clauses: Vec<Box<dyn Query>> = words
        .iter()
        .enumerate()
        .map(|(n, (word, stem))| one_word(fields, word, stem, n == last, strictness))
        .collect();
    let every_word: Box<dyn Query> = if strictness == Strictness::Loose && clauses.len() > 1 {
        let needed = clauses.len() - 1;
        let clauses = clauses.into_iter().map(|clause| (Occur::Should, clause)).collect();
        Box::new(BooleanQuery::with_minimum_required_clauses(clauses, needed))
    } else {
        Box::new(BooleanQuery::intersection(clauses))
    };
    let whole_title = Term::from_field_text(fields.whole_title, &whole(query));
    let mut all: Vec<(Occur, Box<dyn Query>)> = vec![
        (Occur::Must, every_word),
        (Occur::Should, constant(TermQuery::new(whole_title, IndexRecordOption::Basic), weight::WHOLE_TITLE)),
    ];
    if words.len() > 1 {
        let phrases = fields.titles.map(|title| -> Box<dyn Query> {
            let phrase = words.iter().map(|(word, _)| Term::from_field_text(title, word)).collect();
            Box::new(BoostQuery::new(Box::new(PhraseQuery::new(phrase)), weight::PHRASE))
        });
        all.push((Occur::Should, Box::new(DisjunctionMaxQuery::new(phrases.into()))));
        let together = fields.titles.map(|title| all_in_one_title(title, &words, strictness));
        all.push((Occur::Should, Box::new(DisjunctionMaxQuery::new(together.into()))));
    }
    Box::new(BooleanQuery::new(all))
}

/// All words in one title, as far as typos are forgiven: better than one in the title and another in a name.
fn all_in_one_title(title: Field, words: &[(String, String)], strictness: Strictness) -> Box<dyn Query> {
    let words = words.iter().map(|(word, _)| -> Box<dyn Query> {
        let term = Term::from_field_text(title, word);
        match typos_forgiven(word, strictness) {
            0 => Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
            distance => Box::new(FuzzyTermQuery::new(term, distance, true)),
        }
    });
    constant(BooleanQuery::intersection(words.collect()), weight::TOGETHER)
}

/// A word, wherever it may stand; the best place counts.
fn one_word(
    fields: &Fields,
    word: &str,
    stem: &str,
    is_last: bool,
    strictness: Strictness,
) -> Box<dyn Query> {
    let mut places: Vec<Box<dyn Query>> =
        vec![term(fields.title_stems, stem, weight::TITLE_STEM), term(fields.people, word, weight::NAME)];
    if strictness != Strictness::Loose {
        places.push(term(fields.genre_names, stem, weight::GENRE));
        places.push(term(fields.description, stem, weight::DESCRIPTION));
    }
    places.extend(fields.titles.map(|title| term(title, word, weight::TITLE)));
    let beginning = |field, distance, weight| {
        constant(FuzzyTermQuery::new_prefix(Term::from_field_text(field, word), distance, true), weight)
    };
    if is_last && word.chars().count() > 1 {
        places.extend(fields.titles.map(|title| beginning(title, 0, weight::TITLE_BEGINNING)));
        places.push(beginning(fields.people, 0, weight::NAME_BEGINNING));
    }
    let distance = typos_forgiven(word, strictness);
    if distance > 0 {
        let near = |field, weight| {
            constant(FuzzyTermQuery::new(Term::from_field_text(field, word), distance, true), weight)
        };
        places.extend(fields.titles.map(|title| near(title, weight::TITLE_TYPO)));
        places.push(near(fields.people, weight::NAME_TYPO));
        if is_last && word.chars().count() >= 5 {
            places.extend(fields.titles.map(|title| beginning(title, 1, weight::TITLE_TYPO / 2.0)));
            places.push(beginning(fields.people, 1, weight::NAME_TYPO / 2.0));
        }
    }
    Box::new(DisjunctionMaxQuery::with_tie_breaker(places, 0.1))
}

/// How many letters may be wrong. Counted in letters, so that Russian is forgiven as much as English.
fn typos_forgiven(word: &str, strictness: Strictness) -> u8 {
    // Years and parts ("2") are meant as they stand.
    if strictness != Strictness::Typos || word.chars().all(char::is_numeric) {
        return 0;
    }
    match word.chars().count() {
        0..=2 => 0,
        3..=7 => 1,
        _ => 2,
    }
}

fn term(field: Field, text: &str, weight: Score) -> Box<dyn Query> {
    let term = TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs);
    Box::new(BoostQuery::new(Box::new(term), weight))
}

/// A query whose every match is worth the same.
fn constant(query: impl Query, weight: Score) -> Box<dyn Query> {
    Box::new(tantivy::query::ConstScoreQuery::new(Box::new(query), weight))
}

/// What narrows without counting: access, genre, person, country, years.
fn filters(fields: &Fields, wanted: &Wanted) -> Vec<(Occur, Box<dyn Query>)> {
    let any_of = |field: Field, values: Vec<String>| -> (Occur, Box<dyn Query>) {
        let terms = values.into_iter().map(|value| Term::from_field_text(field, &value));
        (Occur::Must, constant(TermSetQuery::new(terms), 0.0))
    };
    let levels = wanted.visible.iter().map(|level| level.code().to_owned()).collect();
    let mut clauses = vec![any_of(fields.access, levels)];
    if !wanted.genres.is_empty() {
        clauses
            .push(any_of(fields.genre, wanted.genres.iter().map(|id| id.0.simple().to_string()).collect()));
    }
    if let Some(person) = wanted.person {
        clauses.push(any_of(fields.person, vec![person.0.simple().to_string()]));
    }
    if let Some(country) = &wanted.country {
        clauses.push(any_of(fields.country, vec![country.clone()]));
    }
    if wanted.year_from.is_some() || wanted.year_to.is_some() {
        let bound = |year: Option<i32>| {
            year.map_or(std::ops::Bound::Unbounded, |year| {
                std::ops::Bound::Included(Term::from_field_i64(fields.year, year.into()))
            })
        };
        let range = RangeQuery::new(bound(wanted.year_from), bound(wanted.year_to));
        clauses.push((Occur::Must, constant(range, 0.0)));
    }
    clauses
}
