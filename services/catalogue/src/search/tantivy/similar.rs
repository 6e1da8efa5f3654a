//! Films like another one: as `alike` has it.

use std::sync::Arc;

use kino_domain::{AccessLevel, FilmId};
use tantivy::{
    Score, Searcher, TantivyError, Term,
    query::{BooleanQuery, Occur, Query, TermQuery},
    schema::IndexRecordOption,
};

use super::{
    super::{
        IndexError,
        alike::{DESCRIPTION_WORD, FAME, GENRE, KEYWORD, PERSON, SAME_TIME, Traits},
        engine::Order,
    },
    gather::Gather,
    generation::Generation,
    order::Blend,
    query::NO_FACETS,
    reading::worth,
    schema::Fields,
    side_by_side,
};

/// What more films share than this finds none: it would be a long list to go through.
const RARE: u64 = 4000;

impl Generation {
    pub(super) fn similar(
        &self,
        film: FilmId,
        traits: &Traits,
        visible: &[AccessLevel],
        limit: usize,
    ) -> Result<Vec<FilmId>, IndexError> {
        let searcher = self.reader.searcher();
        let gather = Gather {
            order: Order::Relevance,
            blend: Blend { votes: FAME, rating: FAME },
            // One more, for the film is most like itself.
            keep: limit + 1,
            behind: None,
            visible: visible.to_vec(),
            access: None,
            genres: Vec::new(),
            years: None,
            facets: NO_FACETS,
            unpacked: Arc::clone(&self.unpacked),
        };
        let shared = shared(&self.fields, &searcher, traits)?;
        let mut films = side_by_side::search(&searcher, &shared, &gather)?.first;
        films.retain(|other| other.id != film.0);
        films.truncate(limit);
        Ok(films.into_iter().map(|film| FilmId(film.id)).collect())
    }
}

/// Films that share something rare, or else a genre.
fn shared(fields: &Fields, searcher: &Searcher, traits: &Traits) -> Result<BooleanQuery, TantivyError> {
    let words = |field, words: &[String]| -> Vec<Term> {
        words.iter().map(|word| Term::from_field_text(field, word)).collect()
    };
    let people = traits.people.iter().map(|person| fields.person_term(*person)).collect();
    let mut rare = weighed(searcher, people, PERSON, RARE)?;
    rare.extend(weighed(searcher, words(fields.about, &traits.keywords), KEYWORD, RARE)?);
    rare.extend(weighed(searcher, words(fields.description, &traits.description), DESCRIPTION_WORD, RARE)?);
    let genres = traits.genres.iter().map(|genre| fields.genre_term(*genre)).collect();
    let genres = weighed(searcher, genres, GENRE, u64::MAX)?;
    let mut clauses = Vec::new();
    if rare.is_empty() {
        clauses.extend(genres.into_iter().map(|genre| (Occur::Should, genre)));
        return Ok(BooleanQuery::new(clauses));
    }
    clauses.push((Occur::Must, Box::new(BooleanQuery::union(rare)) as Box<dyn Query>));
    clauses.extend(genres.into_iter().map(|genre| (Occur::Should, genre)));
    if let Some(years) = traits.same_time() {
        let years = years.map(|year| Term::from_field_i64(fields.year, year.into()));
        clauses.push((Occur::Should, worth(tantivy::query::TermSetQuery::new(years), SAME_TIME)));
    }
    Ok(BooleanQuery::new(clauses))
}

/// A clause for each term that other documents have too, worth more the fewer they are.
fn weighed(
    searcher: &Searcher,
    terms: Vec<Term>,
    value: Score,
    at_most: u64,
) -> Result<Vec<Box<dyn Query>>, TantivyError> {
    let all = searcher.num_docs().max(1);
    let mut clauses: Vec<Box<dyn Query>> = Vec::new();
    for term in terms {
        let documents = searcher.doc_freq(&term)?;
        if (2..=at_most).contains(&documents) {
            #[expect(clippy::cast_precision_loss, reason = "a logarithm does not miss the last digits")]
            let rarity = (all as Score / documents as Score).ln_1p();
            clauses.push(worth(TermQuery::new(term, IndexRecordOption::Basic), value * rarity));
        }
    }
    Ok(clauses)
}
