//! Films like another one.
//!
//! What two films share says the more the fewer films have it: a person, a keyword, a rare word of the description. Only
//! films that share such are looked at. Genres, and closeness in time, tell these apart; they make no likeness by
//! themselves, unless nothing else is shared.

use std::{collections::BTreeSet, fmt};

use kino_domain::{AccessLevel, FilmId};
use tantivy::{
    Score, Searcher, TantivyDocument, TantivyError, Term,
    collector::TopDocs,
    query::{BooleanQuery, Occur, Query, TermQuery},
    schema::{Field, IndexRecordOption, Value as _},
};

use super::{
    super::{IndexError, analyzer::stems, engine::Order, text::normalize},
    gather::Gather,
    generation::Generation,
    order::Blend,
    query::NO_FACETS,
    reading::worth,
    schema::Fields,
};
use crate::film::Film;

/// What is kept of a film to tell likeness by.
const PEOPLE: usize = 6;
const KEYWORDS: usize = 12;
const DESCRIPTION_WORDS: usize = 24;
/// Shorter words of a description say little.
const WORD_SHORTEST: usize = 5;

/// What sharing is worth, before rarity.
const PERSON: Score = 1.2;
const KEYWORD: Score = 1.0;
const DESCRIPTION_WORD: Score = 0.4;
const GENRE: Score = 0.8;
/// Of films within so many years of each other.
const SAME_TIME: Score = 0.6;
const YEARS_NEAR: i32 = 7;
/// What more films share than this finds none.
const RARE: u64 = 4000;
/// Known films are wanted somewhat more.
const BLEND: Blend = Blend { votes: 0.02, rating: 0.02 };

/// What likeness to a film is told by: as kept in the index, a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::search) struct Traits {
    pub(in crate::search) year: Option<i32>,
    pub(in crate::search) genres: Vec<String>,
    pub(in crate::search) people: Vec<String>,
    /// Stems.
    pub(in crate::search) keywords: Vec<String>,
    pub(in crate::search) description: Vec<String>,
}

impl Traits {
    pub(in crate::search) fn of(film: &Film) -> Self {
        let keywords: BTreeSet<String> =
            film.keywords.iter().flat_map(|keyword| stems(&normalize(keyword))).collect();
        let texts = [&film.description.ru, &film.description.en].into_iter().flatten();
        let text = texts.map(|text| normalize(text)).collect::<Vec<_>>().join(" ");
        let mut described: Vec<&str> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() >= WORD_SHORTEST)
            .collect();
        // Long words are rare ones, mostly.
        described.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        described.dedup();
        described.truncate(DESCRIPTION_WORDS);
        let description = stems(&described.join(" "));
        Self {
            year: film.year,
            genres: film.genres.iter().map(|genre| genre.id.0.simple().to_string()).collect(),
            people: film
                .people
                .iter()
                .take(PEOPLE)
                .map(|credit| credit.person.id.0.simple().to_string())
                .collect(),
            keywords: keywords.into_iter().take(KEYWORDS).collect(),
            description,
        }
    }

    pub(in crate::search) fn read(kept: &str) -> Self {
        let mut lines = kept.lines();
        let year = lines.next().and_then(|year| year.parse().ok());
        let mut list = || -> Vec<String> {
            lines.next().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
        };
        Self { year, genres: list(), people: list(), keywords: list(), description: list() }
    }
}

impl fmt::Display for Traits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(year) = self.year {
            write!(f, "{year}")?;
        }
        for list in [&self.genres, &self.people, &self.keywords, &self.description] {
            write!(f, "\n{}", list.join(" "))?;
        }
        Ok(())
    }
}

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
            blend: BLEND,
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
        let mut films = searcher.search(&shared, &gather)?.first;
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
    if let Some(year) = traits.year {
        let years = (year - YEARS_NEAR..=year + YEARS_NEAR)
            .map(|year| Term::from_field_i64(fields.year, year.into()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_are_read_as_they_were_written() {
        let some = Traits {
            year: Some(1972),
            genres: vec!["a1".into(), "b2".into()],
            people: Vec::new(),
            keywords: vec!["океан".into()],
            description: vec!["station".into()],
        };
        assert_eq!(Traits::read(&some.to_string()), some);
        assert_eq!(Traits::read(&Traits::default().to_string()), Traits::default());
    }
}
