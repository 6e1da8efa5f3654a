//! Films that answer a query.

use std::sync::Arc;

use kino_domain::FilmId;
use tantivy::{
    DocSet as _, Searcher, TERMINATED, TantivyError, Term,
    collector::Count,
    query::{BooleanQuery, ConstScoreQuery, EnableScoring, Occur, Query, TermQuery},
    schema::IndexRecordOption,
};

use super::{
    super::{
        IndexError,
        engine::{DEEPEST, DocumentKind, Found, Order, PageStart, Wanted, WantedFacets},
        intent::{Intent, Strictness},
    },
    cursor,
    gather::{Gather, Gathered},
    generation::Generation,
    near_words::NearWords,
    order::Blend,
    places::Places,
    reading::Asking,
    side_by_side,
    unpacked::UnpackedParts,
};

/// How much being known and liked adds to relevance: a film with a million votes counts a third more, one rated ten a
/// twentieth.
pub(super) const GENTLY: Blend = Blend { votes: 0.025, rating: 0.005 };

impl Generation {
    pub(super) fn search(&self, wanted: &Wanted) -> Result<Found, IndexError> {
        let (mut gather, widely) = gather_for(wanted, &self.unpacked)?;
        let searcher = self.reader.searcher();
        if wanted.query.trim().is_empty() {
            if wanted.order == Order::Relevance {
                gather.order = Order::MostPopular;
            }
            let every = TermQuery::new(self.fields.kind_term(DocumentKind::Film), IndexRecordOption::Basic);
            return Ok(self.find(&searcher, Box::new(every), Strictness::Exact, &gather, wanted)?);
        }
        // Signs without a word: nothing answers them.
        let Some(intent) = Intent::of(&wanted.query) else { return Ok(nothing(wanted)) };
        let places = Places::of_films(&self.fields);
        let near = NearWords::default();
        for strictness in intent.steps() {
            let asking = Asking {
                searcher: &searcher,
                near: &near,
                places: &places,
                strictness,
                from_one_letter: false,
            };
            if widely.is_some_and(|widely| widely != strictness) {
                continue;
            }
            let Some(query) = asking.intent(&intent)? else { continue };
            if widely.is_some() || is_enough(&searcher, &*query, strictness, &gather)? {
                return Ok(self.find(&searcher, query, strictness, &gather, wanted)?);
            }
        }
        Ok(nothing(wanted))
    }

    /// How many documents of a kind there are.
    pub(super) fn count(&self, kind: DocumentKind) -> Result<u64, TantivyError> {
        let of_kind = TermQuery::new(self.fields.kind_term(kind), IndexRecordOption::Basic);
        Ok(self.reader.searcher().search(&of_kind, &Count)? as u64)
    }

    fn find(
        &self,
        searcher: &Searcher,
        query: Box<dyn Query>,
        read: Strictness,
        gather: &Gather,
        wanted: &Wanted,
    ) -> Result<Found, TantivyError> {
        let query = self.narrowed(query, wanted);
        let gathered = side_by_side::search(searcher, &query, gather)?;
        let mut films = gathered.first;
        let skipped = match wanted.start {
            PageStart::Offset(offset) => usize::try_from(offset).unwrap_or(usize::MAX).min(films.len()),
            PageStart::Cursor(_) => 0,
        };
        films.drain(..skipped);
        let goes_on = films.len() > wanted.limit;
        films.truncate(wanted.limit);
        let last = films.last().filter(|_| goes_on);
        Ok(Found {
            next: last.map(|last| cursor::encode(wanted, read, last)),
            films: films.iter().map(|film| FilmId(film.id)).collect(),
            total: gathered.total,
            facets: gathered.counts.facets(wanted.facets),
        })
    }

    /// Filters that few films pass, and those of no facet, narrow what is looked at.
    fn narrowed(&self, query: Box<dyn Query>, wanted: &Wanted) -> Box<dyn Query> {
        let mut clauses = vec![(Occur::Must, query)];
        let mut must = |term: Term| {
            let only = TermQuery::new(term, IndexRecordOption::Basic);
            clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(Box::new(only), 0.0))));
        };
        if let Some(person) = wanted.person {
            must(self.fields.person_term(person));
        }
        if let Some(country) = &wanted.country {
            must(Term::from_field_text(self.fields.country, country));
        }
        if let [genre] = &*wanted.genres
            && !wanted.facets.genre
        {
            must(self.fields.genre_term(*genre));
        }
        match clauses.pop() {
            Some((_, query)) if clauses.is_empty() => query,
            last => {
                clauses.extend(last);
                Box::new(BooleanQuery::new(clauses))
            }
        }
    }
}

/// What is to be gathered; and how widely the query is to be read, where that was decided at the first page: decided anew, it
/// might lose what is behind this one.
fn gather_for(
    wanted: &Wanted,
    unpacked: &Arc<UnpackedParts>,
) -> Result<(Gather, Option<Strictness>), IndexError> {
    let (offset, behind, widely) = match &wanted.start {
        PageStart::Offset(offset) => (*offset, None, None),
        PageStart::Cursor(text) => {
            let cursor = cursor::decode(wanted, text)?;
            (0, Some(cursor.standing), Some(cursor.read))
        }
    };
    let keep = if wanted.limit == 0 || offset >= DEEPEST {
        0
    } else {
        // One more, to know whether there is a next page.
        usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(wanted.limit).saturating_add(1)
    };
    let years = (wanted.year_from.is_some() || wanted.year_to.is_some()).then(|| {
        let year = |year: i32| u64::try_from(year).unwrap_or(0);
        (wanted.year_from.map_or(0, year), wanted.year_to.map_or(u64::MAX, year))
    });
    let gather = Gather {
        order: wanted.order,
        blend: GENTLY,
        keep,
        behind,
        visible: wanted.visible.clone(),
        access: wanted.access,
        genres: wanted.genres.iter().map(|genre| genre.0.simple().to_string()).collect(),
        years,
        facets: wanted.facets,
        unpacked: Arc::clone(unpacked),
    };
    Ok((gather, widely))
}

/// Whether so many films match, of those that the caller may see, whatever the filters are.
fn is_enough(
    searcher: &Searcher,
    query: &dyn Query,
    strictness: Strictness,
    gather: &Gather,
) -> Result<bool, TantivyError> {
    let mut found = 0;
    let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
    for segment in searcher.segment_readers() {
        let levels = gather.levels_of(segment)?;
        let mut documents = weight.scorer(segment, 1.0)?;
        while documents.doc() != TERMINATED {
            let document = documents.doc();
            if segment.alive_bitset().is_none_or(|alive| alive.is_alive(document))
                && levels.of(document).is_some()
            {
                found += 1;
                if strictness.is_enough(found) {
                    return Ok(true);
                }
            }
            documents.advance();
        }
    }
    Ok(false)
}

fn nothing(wanted: &Wanted) -> Found {
    Found { facets: Gathered::default().counts.facets(wanted.facets), ..Found::default() }
}

/// No facet at all.
pub(super) const NO_FACETS: WantedFacets = WantedFacets { genre: false, year: false, access: false };
