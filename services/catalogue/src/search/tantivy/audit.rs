//! What stands in the index, told by checksums: read from columns, without the documents.

use tantivy::TantivyError;
use uuid::Uuid;

use super::{
    super::engine::{BUCKETS, Checksum, DocumentKind, bucket_of},
    generation::Generation,
};

impl Generation {
    pub(super) fn checksums(&self, kind: DocumentKind) -> Result<Vec<Checksum>, TantivyError> {
        let mut checksums = vec![Checksum::default(); BUCKETS];
        self.each(kind, |id, version| checksums[usize::from(bucket_of(id))].add(id, version))?;
        Ok(checksums)
    }

    pub(super) fn versions(&self, kind: DocumentKind, bucket: u8) -> Result<Vec<(Uuid, i64)>, TantivyError> {
        let mut versions = Vec::new();
        self.each(kind, |id, version| {
            if bucket_of(id) == bucket {
                versions.push((id, version));
            }
        })?;
        Ok(versions)
    }

    fn each(&self, kind: DocumentKind, mut heed: impl FnMut(Uuid, i64)) -> Result<(), TantivyError> {
        for segment in self.reader.searcher().segment_readers() {
            let columns = segment.fast_fields();
            let (high, low) = (columns.u64("id_high")?, columns.u64("id_low")?);
            let (version, is_person) = (columns.i64("version")?, columns.bool("is_person")?);
            for document in segment.doc_ids_alive() {
                let here = if is_person.first(document) == Some(true) {
                    DocumentKind::Person
                } else {
                    DocumentKind::Film
                };
                if here == kind
                    && let (Some(high), Some(low), Some(version)) =
                        (high.first(document), low.first(document), version.first(document))
                {
                    heed(Uuid::from_u64_pair(high, low), version);
                }
            }
        }
        Ok(())
    }
}
