//! Facets, counted in a segment from its columns and added up.

use std::collections::HashMap;

use kino_domain::{AccessLevel, GenreId};
use tantivy::{DocId, SegmentReader, TantivyError, columnar::StrColumn};
use uuid::Uuid;

use super::{
    super::engine::{Facets, WantedFacets},
    schema::YEAR,
};

/// Values of a facet that are told.
const LONGEST: usize = 100;
/// The catalogue knows years of two centuries: a list of them is small.
const YEARS: usize = 10_000;

/// A document, and which filters it passes. A list is not narrowed by the filter on its own field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    pub(super) genre: bool,
    pub(super) year: bool,
    pub(super) access: bool,
}

impl Passed {
    pub(super) const fn all(self) -> bool {
        self.genre && self.year && self.access
    }
}

/// Counts of a segment.
pub(super) struct SegmentCounts {
    genre: Option<(StrColumn, Vec<u64>)>,
    /// By how many years after the first; years that there are none of are in no list.
    year: Option<(u64, Vec<u64>)>,
    access: Option<[u64; AccessLevel::ALL.len()]>,
}

/// Counts of all segments.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    genre: HashMap<GenreId, u64>,
    year: HashMap<i32, u64>,
    access: [u64; AccessLevel::ALL.len()],
}

impl SegmentCounts {
    pub(super) fn open(wanted: WantedFacets, segment: &SegmentReader) -> Result<Self, TantivyError> {
        let columns = segment.fast_fields();
        let genre = if wanted.genre { columns.str("genre")? } else { None };
        let year = if wanted.year { Some(columns.u64(YEAR)?) } else { None };
        Ok(Self {
            genre: genre.map(|column| {
                let counts = vec![0; column.num_terms()];
                (column, counts)
            }),
            year: year.map(|column| {
                let first = column.min_value().max(1);
                let years = column.max_value().saturating_sub(first);
                (first, vec![0; usize::try_from(years).unwrap_or(0).min(YEARS) + 1])
            }),
            access: wanted.access.then(Default::default),
        })
    }

    /// Whether there is anything to count.
    pub(super) const fn is_wanted(&self) -> bool {
        self.genre.is_some() || self.year.is_some() || self.access.is_some()
    }

    pub(super) fn heed(&mut self, document: DocId, level: usize, year: u64, passed: Passed) {
        if passed.year
            && passed.access
            && let Some((column, counts)) = &mut self.genre
        {
            for genre in column.ords().values_for_doc(document) {
                if let Some(count) = usize::try_from(genre).ok().and_then(|genre| counts.get_mut(genre)) {
                    *count += 1;
                }
            }
        }
        if passed.genre
            && passed.access
            && let Some((first, counts)) = &mut self.year
            && let Some(place) = year.checked_sub(*first).and_then(|place| usize::try_from(place).ok())
            && let Some(count) = counts.get_mut(place)
        {
            *count += 1;
        }
        if passed.genre
            && passed.year
            && let Some(count) = self.access.as_mut().and_then(|counts| counts.get_mut(level))
        {
            *count += 1;
        }
    }

    pub(super) fn add_to(self, all: &mut Counts) -> Result<(), TantivyError> {
        if let Some((column, counts)) = self.genre {
            let mut id = String::new();
            for (ord, count) in (0..).zip(counts).filter(|(_, count)| *count > 0) {
                id.clear();
                column.ord_to_str(ord, &mut id)?;
                if let Ok(id) = Uuid::try_parse(&id) {
                    *all.genre.entry(GenreId(id)).or_default() += count;
                }
            }
        }
        if let Some((first, counts)) = self.year {
            for (year, count) in (first..).zip(counts).filter(|(_, count)| *count > 0) {
                *all.year.entry(i32::try_from(year).unwrap_or(i32::MAX)).or_default() += count;
            }
        }
        for (all, count) in all.access.iter_mut().zip(self.access.unwrap_or_default()) {
            *all += count;
        }
        Ok(())
    }
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        for (genre, count) in other.genre {
            *self.genre.entry(genre).or_default() += count;
        }
        for (year, count) in other.year {
            *self.year.entry(year).or_default() += count;
        }
        for (all, count) in self.access.iter_mut().zip(other.access) {
            *all += count;
        }
    }

    /// The most frequent values, by falling count, then by value.
    pub(super) fn facets(self, wanted: WantedFacets) -> Facets {
        let levels = AccessLevel::ALL.into_iter().zip(self.access).filter(|(_, count)| *count > 0);
        Facets {
            genre: wanted.genre.then(|| most_frequent(self.genre)),
            year: wanted.year.then(|| most_frequent(self.year)),
            access: wanted.access.then(|| most_frequent(levels)),
        }
    }
}

fn most_frequent<T: Ord + Copy>(counts: impl IntoIterator<Item = (T, u64)>) -> Vec<(T, u64)> {
    let mut counts: Vec<(T, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(one, count), (other, more)| more.cmp(count).then(one.cmp(other)));
    counts.truncate(LONGEST);
    counts
}
