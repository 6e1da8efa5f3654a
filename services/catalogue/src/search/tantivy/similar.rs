//! Films like another one: as `alike` has it.

use kino_domain::{AccessLevel, FilmId};
use tantivy::{
    Score, Searcher, TantivyDocument, TantivyError, Term,
    collector::TopDocs,
    query::{BooleanQuery, Occur, Query, TermQuery},
    schema::{Field, IndexRecordOption, Value as _},
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
        visible: &[AccessLevel],
        limit: usize,
    ) -> Result<Vec<FilmId>, IndexError> {
        let searcher = self.reader.searcher();
        let Some(traits) = self.traits(&searcher, film)? else { return Ok(Vec::new()) };
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
        };
        let shared = shared(&self.fields, &searcher, &traits)?;
        let mut films = side_by_side::search(&searcher, &shared, &gather)?.first;
        films.retain(|other| other.id != film.0);
        films.truncate(limit);
        Ok(films.into_iter().map(|film| FilmId(film.id)).collect())
    }

    fn traits(&self, searcher: &Searcher, film: FilmId) -> Result<Option<Traits>, TantivyError> {
        let this = TermQuery::new(self.fields.id_term(film.0), IndexRecordOption::Basic);
        let found = searcher.search(&this, &TopDocs::with_limit(1).order_by_score())?;
        let Some((_, address)) = found.first() else { return Ok(None) };
        let document: TantivyDocument = searcher.doc(*address)?;
        let kept = document.get_first(self.fields.alike).and_then(|kept| kept.as_str().map(Traits::read));
        Ok(kept)
    }
}

/// Films that share something rare, or else a genre.
fn shared(fields: &Fields, searcher: &Searcher, traits: &Traits) -> Result<BooleanQuery, TantivyError> {
    let mut rare = weighed(searcher, fields.person, &traits.people, PERSON, RARE)?;
    rare.extend(weighed(searcher, fields.about, &traits.keywords, KEYWORD, RARE)?);
    rare.extend(weighed(searcher, fields.description, &traits.description, DESCRIPTION_WORD, RARE)?);
    let genres = weighed(searcher, fields.genre, &traits.genres, GENRE, u64::MAX)?;
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

/// A clause for each word that other documents have too, worth more the fewer they are.
fn weighed(
    searcher: &Searcher,
    field: Field,
    texts: &[String],
    value: Score,
    at_most: u64,
) -> Result<Vec<Box<dyn Query>>, TantivyError> {
    let all = searcher.num_docs().max(1);
    let mut clauses: Vec<Box<dyn Query>> = Vec::new();
    for text in texts {
        let term = Term::from_field_text(field, text);
        let documents = searcher.doc_freq(&term)?;
        if (2..=at_most).contains(&documents) {
            #[expect(clippy::cast_precision_loss, reason = "a logarithm does not miss the last digits")]
            let rarity = (all as Score / documents as Score).ln_1p();
            clauses.push(worth(TermQuery::new(term, IndexRecordOption::Basic), value * rarity));
        }
    }
    Ok(clauses)
}
