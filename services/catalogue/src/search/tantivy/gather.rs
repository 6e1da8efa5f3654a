//! Gathers, in one pass over what matches, the first of an order, the count, and facets.
//!
//! Access, genres and years are asked of columns here: intersecting their lists of documents, which hold half the catalogue,
//! costs more than to look at each match, and facets need to know which filter it was that a film did not pass.

use kino_domain::AccessLevel;
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::{Column, StrColumn},
};
use uuid::Uuid;

use super::{
    super::engine::{Order, WantedFacets},
    facets::{Counts, Passed, SegmentCounts},
    order::{Blend, Keys, Standing},
    schema::NO_FILMS,
};

/// What is to be gathered.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    pub(super) order: Order,
    pub(super) blend: Blend,
    /// How many of the first ones.
    pub(super) keep: usize,
    /// Only what stands behind this is kept; all is counted.
    pub(super) behind: Option<Standing>,
    /// The column of levels, and what the caller may see.
    pub(super) levels: &'static str,
    pub(super) visible: Vec<AccessLevel>,
    /// Filters.
    pub(super) access: Option<AccessLevel>,
    /// Any of these ids, as the column has them.
    pub(super) genres: Vec<String>,
    pub(super) years: Option<(i64, i64)>,
    pub(super) facets: WantedFacets,
}

/// What was gathered.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    /// In order.
    pub(super) first: Vec<Standing>,
    pub(super) total: u64,
    pub(super) counts: Counts,
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = Gathering;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> Result<Gathering, TantivyError> {
        let columns = segment.fast_fields();
        let keys = Keys::open(self.order, self.blend, segment)?;
        let behind = self.behind.as_ref().map(|standing| keys.behind(standing)).transpose()?;
        let genres = if self.genres.is_empty() { None } else { Some(self.genres(segment)?) };
        let years = match self.years {
            None => None,
            Some(range) => {
                let column = columns.column_opt("year")?;
                Some((column.unwrap_or_else(|| Column::build_empty_column(segment.max_doc())), range))
            }
        };
        Ok(Gathering {
            levels: self.levels(segment)?,
            access: self.access.map(place_of),
            genres,
            years,
            first: First { keep: self.keep, behind, kept: Vec::new(), worst: None },
            ids: Ids {
                high: columns.column_opt("id_high")?.unwrap_or_else(|| Column::build_empty_column(0)),
                low: columns.column_opt("id_low")?.unwrap_or_else(|| Column::build_empty_column(0)),
            },
            counts: SegmentCounts::open(self.facets, segment)?,
            keys,
            total: 0,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order == Order::Relevance && self.keep > 0
    }

    fn merge_fruits(&self, segments: Vec<Result<Gathered, TantivyError>>) -> Result<Gathered, TantivyError> {
        let mut all = Gathered::default();
        for segment in segments {
            let segment = segment?;
            all.first.extend(segment.first);
            all.total += segment.total;
            all.counts.add(segment.counts);
        }
        all.first.sort_unstable();
        all.first.truncate(self.keep);
        Ok(all)
    }
}

impl Gather {
    /// What the caller may see in a segment.
    pub(super) fn levels(&self, segment: &SegmentReader) -> Result<Levels, TantivyError> {
        Levels::open(segment.fast_fields().str(self.levels)?, &self.visible)
    }

    /// The wanted genres as this segment numbers them.
    fn genres(&self, segment: &SegmentReader) -> Result<(Column<u64>, Vec<u64>), TantivyError> {
        let Some(column) = segment.fast_fields().str("genre")? else {
            return Ok((Column::build_empty_column(segment.max_doc()), Vec::new()));
        };
        let mut wanted = Vec::new();
        for genre in &self.genres {
            wanted.extend(column.dictionary().term_ord(genre)?);
        }
        Ok((column.ords().clone(), wanted))
    }
}

/// Gathering in a segment.
pub(super) struct Gathering {
    keys: Keys,
    ids: Ids,
    levels: Levels,
    access: Option<usize>,
    genres: Option<(Column<u64>, Vec<u64>)>,
    years: Option<(Column<i64>, (i64, i64))>,
    counts: SegmentCounts,
    first: First,
    total: u64,
}

impl SegmentCollector for Gathering {
    type Fruit = Result<Gathered, TantivyError>;

    fn collect(&mut self, document: DocId, score: Score) {
        let Some(level) = self.levels.of(document) else { return };
        let passed = Passed {
            genre: self.genres.as_ref().is_none_or(|(column, wanted)| {
                column.values_for_doc(document).any(|genre| wanted.contains(&genre))
            }),
            year: self.years.as_ref().is_none_or(|(column, (from, to))| {
                column.first(document).is_some_and(|year| (*from..=*to).contains(&year))
            }),
            access: self.access.is_none_or(|access| access == level),
        };
        self.counts.heed(document, level, passed);
        if passed.all() {
            self.total += 1;
            if self.first.keep > 0 {
                self.first.take(self.keys.of(document, score), || self.ids.of(document));
            }
        }
    }

    fn harvest(self) -> Self::Fruit {
        let mut gathered = Gathered { total: self.total, ..Gathered::default() };
        for (key, id) in self.first.finish() {
            gathered.first.push(Standing { rank: self.keys.rank(key)?, id });
        }
        self.counts.add_to(&mut gathered.counts)?;
        Ok(gathered)
    }
}

struct Ids {
    high: Column<u64>,
    low: Column<u64>,
}

impl Ids {
    fn of(&self, document: DocId) -> Uuid {
        let half = |column: &Column<u64>| column.first(document).unwrap_or(0);
        Uuid::from_u64_pair(half(&self.high), half(&self.low))
    }
}

/// Which levels the caller may see, as a segment numbers them.
pub(super) struct Levels {
    column: Option<Column<u64>>,
    /// By number: the level's place, where it may be seen.
    places: Vec<Option<usize>>,
}

impl Levels {
    fn open(column: Option<StrColumn>, visible: &[AccessLevel]) -> Result<Self, TantivyError> {
        let Some(column) = column else { return Ok(Self { column: None, places: Vec::new() }) };
        let mut places = Vec::with_capacity(column.num_terms());
        let mut code = String::new();
        for ord in (0..).take(column.num_terms()) {
            code.clear();
            column.ord_to_str(ord, &mut code)?;
            let level = visible.iter().find(|level| level.code() == code);
            // A person without films is told of to everyone.
            let is_open = code == NO_FILMS;
            places.push(level.copied().map(place_of).or_else(|| is_open.then_some(AccessLevel::ALL.len())));
        }
        Ok(Self { column: Some(column.ords().clone()), places })
    }

    /// The first level of a document that the caller may see.
    pub(super) fn of(&self, document: DocId) -> Option<usize> {
        let place = |ord: u64| self.places.get(usize::try_from(ord).ok()?).copied().flatten();
        self.column.as_ref()?.values_for_doc(document).find_map(place)
    }
}

fn place_of(level: AccessLevel) -> usize {
    AccessLevel::ALL.iter().position(|other| *other == level).unwrap_or(AccessLevel::ALL.len())
}

/// The first of an order, and what stands behind them is let go of now and then.
struct First {
    keep: usize,
    behind: Option<(u64, Uuid)>,
    kept: Vec<(u64, Uuid)>,
    worst: Option<(u64, Uuid)>,
}

impl First {
    /// Ids are read only where the key does not tell.
    fn take(&mut self, key: u64, id: impl FnOnce() -> Uuid) {
        if self.worst.is_some_and(|(worst, _)| key > worst)
            || self.behind.is_some_and(|(behind, _)| key < behind)
        {
            return;
        }
        let standing = (key, id());
        if self.worst.is_some_and(|worst| standing >= worst)
            || self.behind.is_some_and(|behind| standing <= behind)
        {
            return;
        }
        self.kept.push(standing);
        if self.kept.len() >= self.keep * 2 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let Some(last) = self.keep.checked_sub(1) else { return self.kept.clear() };
        if self.kept.len() >= self.keep {
            self.kept.select_nth_unstable(last);
            self.kept.truncate(self.keep);
            self.worst = self.kept.last().copied();
        }
    }

    fn finish(mut self) -> Vec<(u64, Uuid)> {
        self.cut();
        self.kept
    }
}
