//! The order of what is found, as numbers: the smaller the key, the earlier.

use std::ops::Bound;

use tantivy::{
    DocId, Score, SegmentReader, TantivyError,
    columnar::{Column, StrColumn},
};
use uuid::Uuid;

use super::super::engine::Order;

/// What is without the value comes last.
const LAST: u64 = u64::MAX;

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
        votes: Column<u64>,
        rating: Column<f64>,
        blend: Blend,
    },
    BestRated(Column<f64>),
    WorstRated(Column<f64>),
    Newest(Column<i64>),
    MostPopular(Column<u64>),
    Title(StrColumn),
    /// No document has the value.
    None,
}

impl Keys {
    pub(super) fn open(order: Order, blend: Blend, segment: &SegmentReader) -> Result<Self, TantivyError> {
        let columns = segment.fast_fields();
        let none = || Column::build_empty_column(segment.max_doc());
        let rating = || columns.column_opt::<f64>("rating");
        Ok(match order {
            Order::Relevance => Self::Relevance {
                votes: columns.column_opt("votes")?.unwrap_or_else(none),
                rating: rating()?.unwrap_or_else(|| Column::build_empty_column(segment.max_doc())),
                blend,
            },
            Order::BestRated => rating()?.map_or(Self::None, Self::BestRated),
            Order::WorstRated => rating()?.map_or(Self::None, Self::WorstRated),
            Order::Newest => columns.column_opt("year")?.map_or(Self::None, Self::Newest),
            Order::MostPopular => columns.column_opt("votes")?.map_or(Self::None, Self::MostPopular),
            Order::Title(language) => {
                let name = match language {
                    kino_domain::Language::Ru => "sort_title_ru",
                    kino_domain::Language::En => "sort_title_en",
                };
                columns.str(name)?.map_or(Self::None, Self::Title)
            }
        })
    }

    pub(super) fn of(&self, document: DocId, score: Score) -> u64 {
        let key = match self {
            Self::Relevance { votes, rating, blend } => {
                #[expect(clippy::cast_precision_loss, reason = "a logarithm does not miss the last digits")]
                let votes = (votes.first(document).unwrap_or(0) as Score).ln_1p();
                #[expect(clippy::cast_possible_truncation, reason = "a rating has two digits")]
                let rating = rating.first(document).unwrap_or(0.0) as Score;
                let relevance = score * (1.0 + blend.votes * votes + blend.rating * rating);
                // Of positive numbers the bits are in the order of the numbers.
                Some(u64::from(u32::MAX - relevance.max(0.0).to_bits()))
            }
            Self::BestRated(rating) => rating.first(document).map(|rating| u64::MAX - ordered(rating)),
            Self::WorstRated(rating) => rating.first(document).map(ordered),
            Self::Newest(year) => {
                year.first(document).map(|year| i64::MAX.saturating_sub(year).cast_unsigned())
            }
            Self::MostPopular(votes) => votes.first(document).map(|votes| u64::MAX - votes),
            Self::Title(titles) => titles.ords().first(document),
            Self::None => None,
        };
        key.map_or(LAST, |key| key.min(LAST - 1))
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

/// Bits whose order is that of the numbers; ratings are not negative.
fn ordered(number: f64) -> u64 {
    number.max(0.0).to_bits()
}
