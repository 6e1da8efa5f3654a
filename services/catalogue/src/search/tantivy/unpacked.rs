//! What every match is asked for, in memory and unpacked: nine bytes a document. tantivy's columns are packed, and a query
//! that half the catalogue matches spends a good part of its time unpacking them.

use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;
use tantivy::{DocId, Searcher, SegmentReader, TantivyError, index::SegmentId};

use super::schema::{LEVELS, RATING, VOTES, YEAR};

/// Values read at once.
const AT_ONCE: u32 = 1024;

/// Of one part of the index, by document.
#[derive(Debug)]
pub(super) struct Unpacked {
    /// Who may know of it, a bit a level.
    pub(super) levels: Vec<u8>,
    /// 0 where there is none.
    pub(super) years: Vec<u16>,
    /// One more than the rating in thousandths; 0 where there is none.
    ratings: Vec<u16>,
    /// The logarithm of one more than the votes.
    fame: Vec<f32>,
}

impl Unpacked {
    fn of(segment: &SegmentReader) -> Result<Self, TantivyError> {
        Ok(Self {
            levels: column(segment, LEVELS, |levels| u8::try_from(levels).unwrap_or(0))?,
            years: column(segment, YEAR, |year| u16::try_from(year).unwrap_or(u16::MAX))?,
            ratings: column(segment, RATING, |rating| u16::try_from(rating).unwrap_or(u16::MAX))?,
            #[expect(clippy::cast_precision_loss, reason = "a logarithm does not miss the last digits")]
            fame: column(segment, VOTES, |votes| (votes as f32).ln_1p())?,
        })
    }

    /// In points, from 0 to 10.
    pub(super) fn rating(&self, document: DocId) -> f32 {
        f32::from(self.ratings[document as usize].saturating_sub(1)) / 1000.0
    }

    /// The logarithm of one more than the votes.
    pub(super) fn fame(&self, document: DocId) -> f32 {
        self.fame[document as usize]
    }
}

/// Every document has a value in these columns.
fn column<T>(
    segment: &SegmentReader,
    name: &str,
    as_kept: impl Fn(u64) -> T,
) -> Result<Vec<T>, TantivyError> {
    let column = segment.fast_fields().u64(name)?;
    let count = segment.max_doc();
    let mut kept = Vec::with_capacity(count as usize);
    let (mut documents, mut values) = (Vec::new(), Vec::new());
    let mut first = 0;
    while first < count {
        let end = count.min(first.saturating_add(AT_ONCE));
        documents.clear();
        documents.extend(first..end);
        values.resize(documents.len(), 0);
        super::order::values(&column, &documents, &mut values);
        kept.extend(values.iter().map(|value| as_kept(*value)));
        first = end;
    }
    Ok(kept)
}

/// Of the parts of an index, made when one is first searched.
#[derive(Debug, Default)]
pub(super) struct UnpackedParts(Mutex<HashMap<SegmentId, Arc<Unpacked>>>);

impl UnpackedParts {
    /// Of a part.
    pub(super) fn of(&self, segment: &SegmentReader) -> Result<Arc<Unpacked>, TantivyError> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unpacked) = known().get(&segment.segment_id()) {
            return Ok(Arc::clone(unpacked));
        }
        // Two that come at once both do it: that is sooner than to keep searches of other parts waiting.
        let unpacked = Arc::new(Unpacked::of(segment)?);
        known().insert(segment.segment_id(), Arc::clone(&unpacked));
        Ok(unpacked)
    }

    /// Lets go of parts that are searched no more.
    pub(super) fn keep(&self, searcher: &Searcher) {
        let parts = searcher.segment_readers();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| parts.iter().any(|part| part.segment_id() == *id));
    }
}

#[cfg(test)]
mod tests {
    use super::{super::generation::Generation, *};

    #[test]
    fn what_is_unpacked_is_what_the_columns_say_and_goes_with_its_part() {
        let folder = tempfile::TempDir::new().unwrap();
        let index = Generation::of_demo_in_parts(folder.path(), 60);
        let searcher = index.reader.searcher();
        assert!(searcher.segment_readers().len() > 1);
        for part in searcher.segment_readers() {
            let unpacked = index.unpacked.of(part).unwrap();
            let value = |name, document| part.fast_fields().u64(name).unwrap().first(document).unwrap();
            for document in 0..part.max_doc() {
                let at = document as usize;
                assert_eq!(u64::from(unpacked.levels[at]), value(LEVELS, document));
                assert_eq!(u64::from(unpacked.years[at]), value(YEAR, document));
                assert_eq!(u64::from(unpacked.ratings[at]), value(RATING, document));
                let votes = f64::from(unpacked.fame(document)).exp_m1();
                let told = f64::from(u32::try_from(value(VOTES, document)).unwrap());
                assert!((votes - told).abs() <= told * 1e-5, "{votes} {told}");
            }
        }
        let held = || index.unpacked.0.lock().unwrap().len();
        assert_eq!(held(), searcher.segment_readers().len());
        drop(searcher);
        index.join().unwrap();
        assert_eq!(held(), 0);
    }
}
