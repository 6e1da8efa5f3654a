//! What is asked of the index.
//!
//! A query is read strictly first: every word must stand in a title, a name, a genre or the description, the last one
//! perhaps unfinished; the query in the other alphabet or keyboard layout counts too. If nothing is found, words may
//! differ by a letter or two; if still nothing, one word may be missing from titles and names.

use kino_domain::{AccessLevel, FilmId, PersonId};
use tantivy::{
    DocId, Score, SegmentReader, TantivyError, Term,
    collector::{Count, TopDocs},
    query::{
        AllQuery, BooleanQuery, BoostQuery, DisjunctionMaxQuery, EmptyQuery, FuzzyTermQuery, Occur,
        PhraseQuery, Query, RangeQuery, TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};
use uuid::Uuid;

use super::{
    super::{
        IndexError,
        engine::{
            DEEPEST, DocumentKind, Facets, Found, PageStart, PersonsWanted, SuggestWanted, Suggested, Wanted,
        },
        intent::{Intent, Reading, Strictness, Word},
    },
    generation::Generation,
    schema::Fields,
};

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
    /// Of how widely a film is known: a film with a million votes counts a third more.
    pub(super) const VOTES: Score = 0.025;
}

impl Generation {
    /// Films that answer a query, most relevant first.
    pub(super) fn search(&self, wanted: &Wanted) -> Result<Found, IndexError> {
        let Some(intent) = Intent::of(&wanted.query) else {
            if !wanted.query.trim().is_empty() {
                // Signs without a word: nothing answers them.
                return Ok(Found::default());
            }
            return Ok(self.collect(Box::new(AllQuery), wanted)?);
        };
        for strictness in [Strictness::Exact, Strictness::Typos, Strictness::Loose] {
            let found = self.collect(self.read(&intent, strictness), wanted)?;
            if found.total > 0 {
                return Ok(found);
            }
        }
        Ok(Found::default())
    }

    pub(super) fn suggest(&self, _wanted: &SuggestWanted) -> Result<Vec<Suggested>, IndexError> {
        Ok(Vec::new())
    }

    pub(super) fn find_persons(&self, _wanted: &PersonsWanted) -> Result<(Vec<PersonId>, u64), IndexError> {
        Ok((Vec::new(), 0))
    }

    pub(super) fn similar(
        &self,
        _film: FilmId,
        _visible: &[AccessLevel],
        _limit: usize,
    ) -> Result<Vec<FilmId>, IndexError> {
        Ok(Vec::new())
    }

    /// How many documents of a kind there are.
    pub(super) fn count(&self, kind: DocumentKind) -> Result<u64, TantivyError> {
        let of_kind = TermQuery::new(self.fields.kind_term(kind), IndexRecordOption::Basic);
        Ok(self.reader.searcher().search(&of_kind, &Count)? as u64)
    }

    /// The query in every way in which it may have been meant.
    fn read(&self, intent: &Intent, strictness: Strictness) -> Box<dyn Query> {
        let readings = intent.readings.iter().map(|read| -> Box<dyn Query> {
            Box::new(BoostQuery::new(reading(&self.fields, read, strictness), read.weight))
        });
        Box::new(DisjunctionMaxQuery::new(readings.collect()))
    }

    fn collect(&self, query: Box<dyn Query>, wanted: &Wanted) -> Result<Found, TantivyError> {
        let mut clauses = filters(&self.fields, wanted);
        clauses.push((Occur::Must, query));
        let query = BooleanQuery::new(clauses);
        let searcher = self.reader.searcher();
        let PageStart::Offset(offset) = wanted.start else { return Ok(Found::default()) };
        if wanted.limit == 0 || offset >= DEEPEST {
            let total = searcher.search(&query, &Count)?;
            return Ok(Found { total: total as u64, ..Found::default() });
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let best =
            TopDocs::with_limit(wanted.limit).and_offset(offset).tweak_score(|segment: &SegmentReader| {
                let votes = segment.fast_fields().u64("votes").ok();
                move |document: DocId, score: Score| {
                    let votes = votes.as_ref().and_then(|votes| votes.first(document)).unwrap_or(0);
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "a logarithm does not miss the last digits"
                    )]
                    let known = (votes as Score + 1.0).ln() * weight::VOTES;
                    score * (1.0 + known)
                }
            });
        let (hits, total) = searcher.search(&query, &(best, Count))?;
        let mut films = Vec::with_capacity(hits.len());
        for (_, address) in hits {
            let columns = searcher.segment_reader(address.segment_ord).fast_fields();
            let half = |name| Ok::<_, TantivyError>(columns.u64(name)?.first(address.doc_id).unwrap_or(0));
            films.push(FilmId(Uuid::from_u64_pair(half("id_high")?, half("id_low")?)));
        }
        Ok(Found { films, total: total as u64, facets: Facets::default(), next: None })
    }
}

/// One reading of a query: every word somewhere, better in one title, best as the whole title.
fn reading(fields: &Fields, reading: &Reading, strictness: Strictness) -> Box<dyn Query> {
    let words = &reading.words;
    if words.is_empty() {
        return Box::new(EmptyQuery);
    }
    let last = words.len() - 1;
    let clauses: Vec<Box<dyn Query>> =
        words.iter().enumerate().map(|(n, word)| one_word(fields, word, n == last, strictness)).collect();
    let every_word: Box<dyn Query> = if strictness == Strictness::Loose && clauses.len() > 1 {
        let needed = clauses.len() - 1;
        let clauses = clauses.into_iter().map(|clause| (Occur::Should, clause)).collect();
        Box::new(BooleanQuery::with_minimum_required_clauses(clauses, needed))
    } else {
        Box::new(BooleanQuery::intersection(clauses))
    };
    let whole_title = Term::from_field_text(fields.whole_title, &reading.whole);
    let mut all: Vec<(Occur, Box<dyn Query>)> = vec![
        (Occur::Must, every_word),
        (Occur::Should, constant(TermQuery::new(whole_title, IndexRecordOption::Basic), weight::WHOLE_TITLE)),
    ];
    if words.len() > 1 {
        let phrases = fields.titles.map(|title| -> Box<dyn Query> {
            let phrase = words.iter().map(|word| Term::from_field_text(title, &word.text)).collect();
            Box::new(BoostQuery::new(Box::new(PhraseQuery::new(phrase)), weight::PHRASE))
        });
        all.push((Occur::Should, Box::new(DisjunctionMaxQuery::new(phrases.into()))));
        let together = fields.titles.map(|title| all_in_one_title(title, words, strictness));
        all.push((Occur::Should, Box::new(DisjunctionMaxQuery::new(together.into()))));
    }
    Box::new(BooleanQuery::new(all))
}

/// All words in one title, as far as typos are forgiven: better than one in the title and another in a name.
fn all_in_one_title(title: Field, words: &[Word], strictness: Strictness) -> Box<dyn Query> {
    let words = words.iter().map(|word| -> Box<dyn Query> {
        let term = Term::from_field_text(title, &word.text);
        match forgiven(word, strictness) {
            0 => Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
            distance => Box::new(FuzzyTermQuery::new(term, distance, true)),
        }
    });
    constant(BooleanQuery::intersection(words.collect()), weight::TOGETHER)
}

/// A word, wherever it may stand; the best place counts.
fn one_word(fields: &Fields, looked_for: &Word, is_last: bool, strictness: Strictness) -> Box<dyn Query> {
    let (word, stem) = (&*looked_for.text, &*looked_for.stem);
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
    let distance = forgiven(looked_for, strictness);
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

fn forgiven(word: &Word, strictness: Strictness) -> u8 {
    if strictness == Strictness::Typos { word.typos_forgiven() } else { 0 }
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
