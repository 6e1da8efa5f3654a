//! Films and persons whose names begin like what is being typed, the best known first.
//!
//! The first letters match half the catalogue. So where many match, the best known are asked first, by the power of ten of
//! their votes, and the others only while there are too few.

use std::sync::Arc;

use kino_domain::{FilmId, PersonId};
use tantivy::{
    DocSet as _, Searcher, TERMINATED, TantivyError,
    query::{BooleanQuery, ConstScoreQuery, EnableScoring, Occur, Query, TermQuery},
    schema::IndexRecordOption,
};

use super::{
    super::{
        IndexError,
        engine::{Order, SuggestWanted, Suggested},
        intent::{Intent, Strictness},
    },
    gather::Gather,
    generation::Generation,
    near_words::NearWords,
    order::{Blend, Standing},
    places::Places,
    query::NO_FACETS,
    reading::Asking,
    schema::FAME,
};

/// How widely known decides; how well a name fits decides between those that are about as known.
const BEST_KNOWN: Blend = Blend { votes: 1.0, rating: 0.0 };

/// So many are looked at sooner than they are asked for by how well known they are.
/// (In tests there are few films, and both ways are to be gone.)
const FEW: usize = if cfg!(test) { 10 } else { 2_000 };

impl Generation {
    pub(super) fn suggest(&self, wanted: &SuggestWanted) -> Result<Vec<Suggested>, IndexError> {
        let Some(intent) = Intent::of(&wanted.query) else { return Ok(Vec::new()) };
        let films = Places::of_titles(&self.fields);
        let persons = Places::of_persons(&self.fields);
        let mut suggested = Vec::new();
        // Missing words would suggest what was not typed.
        let near = NearWords::default();
        for strictness in [Strictness::Exact, Strictness::Wide, Strictness::Typos] {
            suggested.clear();
            let films = self.suggest_of(&films, &intent, strictness, &near, wanted)?;
            suggested.extend(films.into_iter().map(|film| (film.rank, Suggested::Film(FilmId(film.id)))));
            let persons = self.suggest_of(&persons, &intent, strictness, &near, wanted)?;
            suggested.extend(
                persons.into_iter().map(|person| (person.rank, Suggested::Person(PersonId(person.id)))),
            );
            if strictness.is_enough(suggested.len() as u64) {
                break;
            }
        }
        suggested.sort_by(|(one, _), (other, _)| one.cmp(other));
        suggested.truncate(wanted.limit);
        Ok(suggested.into_iter().map(|(_, suggested)| suggested).collect())
    }

    fn suggest_of(
        &self,
        places: &Places,
        intent: &Intent,
        strictness: Strictness,
        near: &NearWords,
        wanted: &SuggestWanted,
    ) -> Result<Vec<Standing>, TantivyError> {
        let searcher = self.reader.searcher();
        let asking = Asking { searcher: &searcher, near, places, strictness, from_one_letter: true };
        let Some(query) = asking.intent(intent)? else { return Ok(Vec::new()) };
        let gather = Gather {
            order: Order::Relevance,
            blend: BEST_KNOWN,
            keep: wanted.limit,
            behind: None,
            visible: wanted.visible.clone(),
            access: None,
            genres: Vec::new(),
            years: None,
            facets: NO_FACETS,
            unpacked: Arc::clone(&self.unpacked),
        };
        // What is called exactly so is wanted however little known it is.
        let mut named = Vec::new();
        if let Some(whole) = asking.whole(intent.typed())? {
            named = searcher.search(&*whole, &gather)?.first;
        }
        let mut known = self.best_known(&searcher, &*query, &gather)?;
        known.retain(|one| named.iter().all(|other| other.id != one.id));
        named.extend(known);
        Ok(named)
    }

    fn best_known(
        &self,
        searcher: &Searcher,
        query: &dyn Query,
        gather: &Gather,
    ) -> Result<Vec<Standing>, TantivyError> {
        let powers: &[u32] = if are_few(searcher, query)? { &[] } else { &FAME };
        for power in powers.iter().rev().copied() {
            let known = TermQuery::new(self.fields.fame_term(power), IndexRecordOption::Basic);
            let known = Box::new(ConstScoreQuery::new(Box::new(known), 0.0));
            let both = BooleanQuery::new(vec![(Occur::Must, query.box_clone()), (Occur::Must, known)]);
            let found = searcher.search(&both, gather)?.first;
            if found.len() >= gather.keep {
                return Ok(found);
            }
        }
        Ok(searcher.search(query, gather)?.first)
    }
}

/// Whether no more than [`FEW`] match.
fn are_few(searcher: &Searcher, query: &dyn Query) -> Result<bool, TantivyError> {
    let mut left = FEW;
    let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
    for segment in searcher.segment_readers() {
        let mut documents = weight.scorer(segment, 1.0)?;
        while documents.doc() != TERMINATED {
            if left == 0 {
                return Ok(false);
            }
            left -= 1;
            documents.advance();
        }
    }
    Ok(true)
}
