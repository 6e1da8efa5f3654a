//! Gathers, in one pass over what matches, the first of an order, the count, and facets.
//!
//! Access, genres and years are asked of columns here: intersecting their lists of documents, which hold half the catalogue,
//! costs more than to look at each match, and facets need to know which filter it was that a film did not pass.

use std::sync::Arc;

use kino_domain::AccessLevel;
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::Column,
};
use uuid::Uuid;

use super::{
    super::engine::{Order, WantedFacets},
    facets::{Counts, Passed, SegmentCounts},
    order::{BLOCK, Blend, Keys, Standing},
    schema::{NO_FILMS, level_bit, place_of},
    unpacked::{Unpacked, UnpackedParts},
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
    /// What the caller may see.
    pub(super) visible: Vec<AccessLevel>,
    /// Filters.
    pub(super) access: Option<AccessLevel>,
    /// Any of these ids, as the column has them.
    pub(super) genres: Vec<String>,
    /// From the first to the last of these years.
    pub(super) years: Option<(u64, u64)>,
    pub(super) facets: WantedFacets,
    /// Of the index that is searched.
    pub(super) unpacked: Arc<UnpackedParts>,
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
        let unpacked = self.unpacked.of(segment)?;
        let keys = Keys::open(self.order, self.blend, segment, &unpacked)?;
        let behind = self.behind.as_ref().map(|standing| keys.behind(standing)).transpose()?;
        let genres = if self.genres.is_empty() { None } else { Some(self.genres(segment)?) };
        Ok(Gathering {
            levels: self.levels(&unpacked),
            access: self.access.map(place_of),
            genres,
            years: self.years,
            first: First { keep: self.keep, behind, kept: Vec::new(), worst: None },
            ids: Ids { high: columns.u64("id_high")?, low: columns.u64("id_low")? },
            counts: SegmentCounts::open(self.facets, segment)?,
            keys,
            unpacked,
            is_by_year: self.order == Order::Newest,
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
    fn levels(&self, unpacked: &Arc<Unpacked>) -> Levels {
        let visible = self.visible.iter().map(|level| level_bit(*level)).fold(NO_FILMS, |all, bit| all | bit);
        // Bits of four levels.
        Levels { unpacked: Arc::clone(unpacked), visible: u8::try_from(visible).unwrap_or(0) }
    }

    /// The same, for who gathers nothing.
    pub(super) fn levels_of(&self, segment: &SegmentReader) -> Result<Levels, TantivyError> {
        Ok(self.levels(&self.unpacked.of(segment)?))
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
    /// Whether it is years that are sorted by: what is read for the filter is the key then.
    is_by_year: bool,
    ids: Ids,
    levels: Levels,
    access: Option<usize>,
    genres: Option<(Column<u64>, Vec<u64>)>,
    unpacked: Arc<Unpacked>,
    years: Option<(u64, u64)>,
    counts: SegmentCounts,
    first: First,
    total: u64,
}

impl Gathering {
    /// Counts a document that the caller may see; whether it passes all filters.
    fn count(&mut self, document: DocId, level: usize, year: u64) -> bool {
        let passed = Passed {
            genre: self.genres.as_ref().is_none_or(|(column, wanted)| {
                column.values_for_doc(document).any(|genre| wanted.contains(&genre))
            }),
            year: self.years.is_none_or(|(from, to)| year > 0 && (from..=to).contains(&year)),
            access: self.access.is_none_or(|access| access == level),
        };
        if self.counts.is_wanted() {
            self.counts.heed(document, level, year, passed);
        }
        self.total += u64::from(passed.all());
        passed.all()
    }

    fn year_of(&self, document: DocId) -> u64 {
        self.unpacked.years[document as usize].into()
    }

    /// The keys of documents that are looked at together; none where there is a shorter way to them.
    fn keys_of(&self, documents: &[DocId]) -> [u64; BLOCK] {
        let mut keys = [0; BLOCK];
        if self.first.keep > 0 && !self.is_by_year {
            self.keys.of_all(documents, &mut keys[..documents.len()]);
        }
        keys
    }

    fn gather(&mut self, documents: &[DocId]) {
        let keys = self.keys_of(documents);
        for (document, key) in documents.iter().zip(keys) {
            let year = self.year_of(*document);
            if let Some(level) = self.levels.of(*document)
                && self.count(*document, level, year)
                && self.first.keep > 0
            {
                let key = if self.is_by_year { self.keys.of_value(year) } else { key };
                self.first.take(key, || self.ids.of(*document));
            }
        }
    }

    /// Where years are the only filter and nothing is counted by value: most of a million films are told with a few
    /// comparisons.
    fn gather_plain(&mut self, documents: &[DocId]) {
        let keys = self.keys_of(documents);
        let (from, to) = self.years.map_or((0, u64::MAX), |(from, to)| (from.max(1), to));
        for (document, key) in documents.iter().zip(keys) {
            let year = self.year_of(*document);
            if !self.levels.see(*document) || year < from || year > to {
                continue;
            }
            self.total += 1;
            let key = if self.is_by_year { self.keys.of_value(year) } else { key };
            if self.first.may_take(key) {
                self.first.take(key, || self.ids.of(*document));
            }
        }
    }
}

impl SegmentCollector for Gathering {
    type Fruit = Result<Gathered, TantivyError>;

    fn collect(&mut self, document: DocId, score: Score) {
        let Some(level) = self.levels.of(document) else { return };
        let year = self.year_of(document);
        if self.count(document, level, year) && self.first.keep > 0 {
            self.first.take(self.keys.of_scored(document, score), || self.ids.of(document));
        }
    }

    /// Without scores documents come by the block: whole lists of films are gathered so.
    fn collect_block(&mut self, documents: &[DocId]) {
        let is_plain = self.genres.is_none() && self.access.is_none() && !self.counts.is_wanted();
        for documents in documents.chunks(BLOCK) {
            if is_plain {
                self.gather_plain(documents);
            } else {
                self.gather(documents);
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

/// Which documents the caller may see.
pub(super) struct Levels {
    unpacked: Arc<Unpacked>,
    /// Bits of levels.
    visible: u8,
}

impl Levels {
    /// The first level of a document that the caller may see.
    pub(super) fn of(&self, document: DocId) -> Option<usize> {
        let seen = self.unpacked.levels[document as usize] & self.visible;
        (seen != 0).then(|| seen.trailing_zeros() as usize)
    }

    /// Whether there is one.
    fn see(&self, document: DocId) -> bool {
        self.unpacked.levels[document as usize] & self.visible != 0
    }
}

/// The first of an order, and what stands behind them is let go of now and then.
struct First {
    keep: usize,
    behind: Option<(u64, Uuid)>,
    kept: Vec<(u64, Uuid)>,
    worst: Option<(u64, Uuid)>,
}

impl First {
    /// Whether one of this key may be among them.
    fn may_take(&self, key: u64) -> bool {
        self.keep > 0 && self.worst.is_none_or(|(worst, _)| key <= worst)
    }

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
