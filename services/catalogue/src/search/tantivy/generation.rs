//! One index: its files, what is written to it, damage.
//!
//! Each commit carries the position in the event log up to which it knows, so index and position cannot part.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError, directory::MmapDirectory, index::SegmentId,
};
use uuid::Uuid;

use super::{
    super::engine::{Batch, LogPlace, Place},
    payload,
    schema::{self, Fields},
    side_by_side::parts_of_whole,
    unpacked::UnpackedParts,
    writer::{Writer, WriterSize},
};

/// A smaller index is checked whole when it is opened: that takes milliseconds. A larger one is checked in the
/// background.
const CHECKED_AT_OPEN: u64 = 64 * 1024 * 1024;
/// A file of this name says that the index was found damaged.
const DAMAGED: &str = "damaged";

/// An index that is open.
pub(super) struct Generation {
    pub(super) index: Index,
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
    pub(super) folder: PathBuf,
    pub(super) unpacked: Arc<UnpackedParts>,
    /// The request that it was built after.
    pub(super) built_after: Option<Uuid>,
    writer: Writer,
    /// Held while parts are joined: of two at once, one would look for parts that the other has joined.
    joining: Mutex<()>,
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Generation({})", self.folder.display())
    }
}

impl Generation {
    /// Opens the index in `folder`, or begins one there.
    pub(super) fn open(folder: &Path, size: WriterSize) -> Result<Self, TantivyError> {
        let (schema, fields) = schema::schema();
        let index = Index::open_or_create(MmapDirectory::open(folder)?, schema)?;
        schema::register_analyzers(&index);
        if folder.join(DAMAGED).exists() || (size_of_files(folder) < CHECKED_AT_OPEN && !is_whole(&index)?) {
            return Err(TantivyError::InternalError("a file's checksum is wrong".into()));
        }
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = Writer::open(&index, size)?;
        let built_after = payload::request_in(&index.load_metas()?.payload.unwrap_or_default());
        Ok(Self {
            index,
            reader,
            fields,
            folder: folder.to_owned(),
            unpacked: Arc::default(),
            built_after,
            writer,
            joining: Mutex::default(),
        })
    }

    /// What the last commit says that the index knows.
    pub(super) fn place(&self) -> Result<Place, TantivyError> {
        Ok(payload::place_in(&self.index.load_metas()?.payload.unwrap_or_default()))
    }

    /// Replaces documents and takes others out; seen after the next [`commit`](Self::commit). An error of either, or of
    /// [`add`](Self::add), loses what was put since the last commit.
    pub(super) fn put(&self, batch: &Batch) -> Result<(), TantivyError> {
        self.writer.change(|writer| {
            let replaced = batch.films.iter().map(|film| film.id.0);
            let replaced = replaced.chain(batch.persons.iter().map(|person| person.id.0));
            let gone = batch.gone_films.iter().map(|film| film.0);
            let gone = gone.chain(batch.gone_persons.iter().map(|person| person.0));
            for id in replaced.chain(gone) {
                writer.delete_term(self.fields.id_term(id));
            }
            self.add_to(writer, batch)
        })
    }

    /// Adds documents that are not there yet; seen after the next [`commit`](Self::commit).
    pub(super) fn add(&self, batch: &Batch) -> Result<(), TantivyError> {
        self.writer.change(|writer| self.add_to(writer, batch))
    }

    fn add_to(&self, writer: &IndexWriter, batch: &Batch) -> Result<(), TantivyError> {
        for film in &batch.films {
            writer.add_document(self.fields.film(film))?;
        }
        for person in &batch.persons {
            writer.add_document(self.fields.person_card(person))?;
        }
        Ok(())
    }

    /// Makes what was put durable and seen, together with how far the index knows the event log.
    pub(super) fn commit(&self, place: LogPlace) -> Result<(), TantivyError> {
        self.commit_after(place, self.built_after)
    }

    /// The same of an index that was built after this request.
    pub(super) fn commit_after(
        &self,
        place: LogPlace,
        built_after: Option<Uuid>,
    ) -> Result<(), TantivyError> {
        self.writer.change(|writer| {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&payload::of(place, built_after));
            commit.commit().map(drop)
        })?;
        self.reload()
    }

    fn reload(&self) -> Result<(), TantivyError> {
        self.reader.reload()?;
        self.unpacked.keep(&self.reader.searcher());
        Ok(())
    }

    /// Joins all parts into as many as are searched side by side. Takes as long as a good part of a rebuild; searches go on,
    /// and are faster afterwards. A stop of the program gives it up: then changes join parts by and by.
    pub(super) fn join(&self) -> Result<(), TantivyError> {
        let documents = self.parts()?.iter().map(|(documents, _)| u64::from(*documents)).sum();
        self.join_into(parts_of_whole(documents))
    }

    /// [Joins](Self::join) an index that a rebuild left in parts, because the program ended before they were joined. One that
    /// changes have added a few small parts to is left to them.
    pub(super) fn join_if_apart(&self) -> Result<(), TantivyError> {
        let mut sizes: Vec<u64> = self.parts()?.iter().map(|(documents, _)| u64::from(*documents)).collect();
        sizes.sort_unstable_by_key(|documents| Reverse(*documents));
        let documents: u64 = sizes.iter().sum();
        let largest: u64 = sizes.iter().take(parts_of_whole(documents)).sum();
        // The two threads of a rebuild leave two equal parts of an index that is to be one.
        if largest * 4 < documents * 3 { self.join() } else { Ok(()) }
    }

    /// The documents and the id of each part. Whoever holds what tantivy knows of a part keeps its files.
    fn parts(&self) -> Result<Vec<(u32, SegmentId)>, TantivyError> {
        let parts = self.index.searchable_segment_metas()?;
        Ok(parts.iter().map(|part| (part.num_docs(), part.id())).collect())
    }

    fn join_into(&self, whole: usize) -> Result<(), TantivyError> {
        let _joining = self.joining.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = self.parts()?;
        if parts.len() <= whole {
            return Ok(());
        }
        // The largest first, each to where there is least: the new parts take equally long to search.
        parts.sort_by_key(|(documents, _)| Reverse(*documents));
        let mut joined = vec![(0, Vec::new()); whole];
        for (documents, id) in parts {
            if let Some((in_all, ids)) = joined.iter_mut().min_by_key(|(in_all, _)| *in_all) {
                *in_all += documents;
                ids.push(id);
            }
        }
        // The writer is needed for changes meanwhile.
        let joining = self.writer.ask(|writer| {
            let of_several = joined.iter().filter(|(_, ids)| ids.len() > 1);
            of_several.map(|(_, ids)| writer.merge(ids)).collect::<Vec<_>>()
        })?;
        for joining in joining {
            joining.wait()?;
        }
        self.reload()?;
        // The old parts were still being read when the new ones were finished, so their files stayed.
        self.writer.ask(|writer| writer.garbage_collect_files().wait().map(drop))?
    }

    /// Reads all files and compares their checksums; an index with a damaged one is made anew at the next start.
    /// Whether all are whole. Slow for a large index.
    pub(super) fn check(&self) -> Result<bool, TantivyError> {
        let whole = is_whole(&self.index)?;
        if !whole {
            fs::write(self.folder.join(DAMAGED), "")?;
        }
        Ok(whole)
    }

    /// Finishes what the writer is at and lets go of the files, for another to write.
    pub(super) fn close(&self) -> Result<(), TantivyError> {
        self.writer.close()
    }

    /// On the disk, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        size_of_files(&self.folder)
    }
}

fn is_whole(index: &Index) -> Result<bool, TantivyError> {
    Ok(index.validate_checksum()?.is_empty())
}

fn size_of_files(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

#[cfg(test)]
mod tests {
    use kino_engine::log::Position;

    use super::{
        super::super::{
            engine::DocumentKind,
            library::{Library, cards},
        },
        *,
    };

    impl Generation {
        /// An index of the demo films in a new folder, with a part for each so many of them. It knows position 1 of log 7.
        pub(in super::super) fn of_demo_in_parts(folder: &Path, films_a_part: usize) -> Self {
            let index = Self::open(folder, WriterSize::REBUILD).unwrap();
            for films in Library::demo().films.chunks(films_a_part) {
                index.add(&Batch { films: cards(films), ..Batch::default() }).unwrap();
                index.commit(LogPlace { log: Uuid::from_u128(7), position: 1 }).unwrap();
            }
            index
        }
    }

    #[test]
    fn parts_are_joined_and_nothing_is_lost() {
        let folder = tempfile::TempDir::new().unwrap();
        let place = |position: Position| LogPlace { log: Uuid::from_u128(7), position };
        let rebuilt = Generation::of_demo_in_parts(folder.path(), 30);
        rebuilt.close().unwrap();
        let parts = |generation: &Generation| generation.index.searchable_segment_ids().unwrap().len();
        assert!(parts(&rebuilt) > 3, "a rebuild joins nothing");

        let opened = Generation::open(folder.path(), WriterSize::CHANGES).unwrap();
        let before =
            (opened.count(DocumentKind::Film).unwrap(), opened.checksums(DocumentKind::Film).unwrap());
        opened.join_into(2).unwrap();
        let sizes: Vec<u32> = opened.parts().unwrap().into_iter().map(|(documents, _)| documents).collect();
        assert!(sizes.len() == 2 && sizes[0].abs_diff(sizes[1]) <= 32, "equally large: {sizes:?}");
        opened.join().unwrap();
        assert_eq!(parts(&opened), 1, "a small index is one part");
        assert_eq!(opened.reader.searcher().segment_readers().len(), 1, "searches see it");
        let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let stores = files.filter(|file| file.extension().is_some_and(|extension| extension == "store"));
        assert_eq!(stores.count(), 1, "the files of the old parts are gone");
        let after =
            (opened.count(DocumentKind::Film).unwrap(), opened.checksums(DocumentKind::Film).unwrap());
        assert_eq!(before, after);
        assert_eq!(opened.place().unwrap(), Place::At(place(1)));
        opened.commit(place(2)).unwrap();
        assert_eq!(opened.place().unwrap(), Place::At(place(2)));
    }

    #[test]
    fn of_two_that_join_at_once_one_finds_it_done() {
        let folder = tempfile::TempDir::new().unwrap();
        Generation::of_demo_in_parts(folder.path(), 30).close().unwrap();
        let opened = Generation::open(folder.path(), WriterSize::CHANGES).unwrap();
        std::thread::scope(|scope| {
            let joining = [(); 4].map(|()| scope.spawn(|| opened.join()));
            assert!(joining.into_iter().all(|thread| thread.join().unwrap().is_ok()));
        });
        assert_eq!(opened.parts().unwrap().len(), 1);
    }

    #[test]
    fn only_what_a_rebuild_left_in_parts_is_joined_later() {
        let folder = tempfile::TempDir::new().unwrap();
        Generation::of_demo_in_parts(folder.path(), 30).close().unwrap();
        let opened = Generation::open(folder.path(), WriterSize::CHANGES).unwrap();
        opened.join_if_apart().unwrap();
        assert_eq!(opened.parts().unwrap().len(), 1, "there were many");
        let changed = cards(&Library::demo().films[..30]);
        opened.put(&Batch { films: changed, ..Batch::default() }).unwrap();
        opened.commit(LogPlace { log: Uuid::from_u128(7), position: 2 }).unwrap();
        opened.join_if_apart().unwrap();
        assert_eq!(opened.parts().unwrap().len(), 2, "most are together");
    }
}
