//! The order of what is found, as numbers: the smaller the key, the earlier.

use std::{ops::Bound, sync::Arc};

use tantivy::{
    DocId, Score, SegmentReader, TantivyError,
    columnar::{Column, ColumnIndex, StrColumn},
};
use uuid::Uuid;

use super::{
    super::engine::Order,
    schema::{RATING, VOTES, YEAR},
    unpacked::Unpacked,
};

/// What is without the value comes last.
const LAST: u64 = u64::MAX;
/// Documents that are looked at together, as tantivy hands them over.
pub(super) const BLOCK: usize = tantivy::COLLECT_BLOCK_BUFFER_LEN;

/// Where something stands in an order, in every part of the index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    pub(super) rank: Rank,
    /// Equals come by their ids.
    pub(super) id: Uuid,
}

/// What is sorted by, in the order of the variants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Number(u64),
    Title(String),
    Missing,
}

/// How much being known and liked adds to relevance, in parts of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blend {
    /// For each e-fold of votes.
    pub(super) votes: Score,
    /// For each point of the rating.
    pub(super) rating: Score,
}

/// The keys of a segment's documents.
pub(super) enum Keys {
    Relevance {
        unpacked: Arc<Unpacked>,
        blend: Blend,
    },
    Number {
        column: Column<u64>,
        /// Whether the largest comes first.
        falls: bool,
        /// Whether 0 says that there is no value.
        zero_is_none: bool,
    },
    Title(StrColumn),
    /// No document has the value.
    None,
}

impl Keys {
    pub(super) fn open(
        order: Order,
        blend: Blend,
        segment: &SegmentReader,
        unpacked: &Arc<Unpacked>,
    ) -> Result<Self, TantivyError> {
        let columns = segment.fast_fields();
        let number = |name, falls| -> Result<Self, TantivyError> {
            Ok(Self::Number { column: columns.u64(name)?, falls, zero_is_none: name != VOTES })
        };
        Ok(match order {
            Order::Relevance => Self::Relevance { unpacked: Arc::clone(unpacked), blend },
            Order::BestRated => number(RATING, true)?,
            Order::WorstRated => number(RATING, false)?,
            Order::Newest => number(YEAR, true)?,
            Order::MostPopular => number(VOTES, true)?,
            Order::Title(language) => {
                let name = match language {
                    kino_domain::Language::Ru => "sort_title_ru",
                    kino_domain::Language::En => "sort_title_en",
                };
                columns.str(name)?.map_or(Self::None, Self::Title)
            }
        })
    }

    /// By relevance.
    pub(super) fn of_scored(&self, document: DocId, score: Score) -> u64 {
        let Self::Relevance { unpacked, blend } = self else { return self.of(document) };
        let liked = blend.votes * unpacked.fame(document) + blend.rating * unpacked.rating(document);
        let relevance = score * (1.0 + liked);
        // Of positive numbers the bits are in the order of the numbers.
        u64::from(u32::MAX - relevance.max(0.0).to_bits())
    }

    fn of(&self, document: DocId) -> u64 {
        let mut key = [LAST];
        self.of_all(&[document], &mut key);
        key[0]
    }

    /// Of as many documents as there is room for.
    pub(super) fn of_all(&self, documents: &[DocId], keys: &mut [u64]) {
        match self {
            Self::Number { column, .. } => {
                values(column, documents, keys);
                for key in keys {
                    *key = self.of_value(*key);
                }
            }
            Self::Title(titles) => {
                for (key, document) in keys.iter_mut().zip(documents) {
                    *key = titles.ords().first(*document).map_or(LAST, |title| title.min(LAST - 1));
                }
            }
            Self::Relevance { .. } | Self::None => keys.fill(LAST),
        }
    }

    /// Of a value of the column that is sorted by.
    pub(super) fn of_value(&self, value: u64) -> u64 {
        match self {
            Self::Number { zero_is_none: true, .. } if value == 0 => LAST,
            Self::Number { falls: true, .. } => (u64::MAX - value).min(LAST - 1),
            _ => value.min(LAST - 1),
        }
    }

    /// What a key of this segment is in all of them.
    pub(super) fn rank(&self, key: u64) -> Result<Rank, TantivyError> {
        Ok(match self {
            _ if key == LAST => Rank::Missing,
            Self::Title(titles) => {
                let mut title = String::new();
                titles.ord_to_str(key, &mut title)?;
                Rank::Title(title)
            }
            _ => Rank::Number(key),
        })
    }

    /// The key and the id behind which documents of this segment stand behind `standing`.
    pub(super) fn behind(&self, standing: &Standing) -> Result<(u64, Uuid), TantivyError> {
        Ok(match (&standing.rank, self) {
            (Rank::Number(key), _) => (*key, standing.id),
            (Rank::Title(title), Self::Title(titles)) => {
                let bounds = (Bound::Excluded(title.as_bytes()), Bound::Unbounded);
                match titles.dictionary().term_bounds_to_ord(bounds.0, bounds.1)?.0 {
                    Bound::Excluded(key) => (key, standing.id),
                    // A title that is not here: whatever has the next one is behind, and no id is before the first.
                    Bound::Included(key) => (key, Uuid::nil()),
                    Bound::Unbounded => (LAST, Uuid::nil()),
                }
            }
            (Rank::Title(_), _) => (0, Uuid::nil()),
            (Rank::Missing, _) => (LAST, standing.id),
        })
    }
}

/// The values of documents in a column, as many as there is room for; 0 where there is none.
pub(super) fn values(column: &Column<u64>, documents: &[DocId], values: &mut [u64]) {
    if let (ColumnIndex::Full, [first, .., last]) = (&column.index, documents) {
        // Of neighbours, as most are where every film is looked at, columns are unpacked many at a time.
        if (last - first) as usize == documents.len() - 1 {
            column.values.get_range(u64::from(*first), values);
        } else {
            column.values.get_vals(documents, values);
        }
        return;
    }
    for (value, document) in values.iter_mut().zip(documents) {
        *value = column.first(*document).unwrap_or(0);
    }
}
