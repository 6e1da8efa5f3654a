//! The writer of an index. One that failed is thrown away with what it had gathered, and another is opened: a writer of
//! tantivy whose commit failed has no threads left, takes documents all the same, and commits without them.

use std::sync::{Mutex, PoisonError};

use tantivy::{
    Index, IndexWriter, TantivyError,
    indexer::{LogMergePolicy, NoMergePolicy},
};

/// How much a writer takes of the machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct WriterSize {
    pub(super) threads: usize,
    /// Memory of all its threads to gather documents in.
    pub(super) bytes: usize,
    /// Whether it joins parts of the index while it writes.
    pub(super) joins: bool,
}

impl WriterSize {
    /// For changes as they come.
    pub(super) const CHANGES: Self = Self { threads: 1, bytes: 16 * 1024 * 1024, joins: true };
    /// For a whole catalogue. More memory makes fewer and larger parts, which are joined once the index is in use: it is
    /// wanted soon.
    pub(super) const REBUILD: Self = Self { threads: 2, bytes: 320 * 1024 * 1024, joins: false };
}

/// The one writer of an index.
pub(super) struct Writer {
    index: Index,
    size: WriterSize,
    state: Mutex<State>,
}

enum State {
    Open(Box<IndexWriter>),
    /// The next one is opened when it is wanted: what failed the last one (a full disk) may fail it too.
    Failed,
    Closed,
}

impl Writer {
    /// The writer of an index that nobody else writes.
    pub(super) fn open(index: &Index, size: WriterSize) -> Result<Self, TantivyError> {
        let state = State::Open(Box::new(open(index, size)?));
        Ok(Self { index: index.clone(), size, state: Mutex::new(state) })
    }

    /// Changes the index. An error loses all that was gathered since the last commit: it is to be begun again there.
    pub(super) fn change<T>(
        &self,
        work: impl FnOnce(&mut IndexWriter) -> Result<T, TantivyError>,
    ) -> Result<T, TantivyError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Failed) {
            *state = State::Open(Box::new(open(&self.index, self.size)?));
        }
        let State::Open(writer) = &mut *state else { return Err(closed()) };
        let outcome = work(writer);
        if outcome.is_err() {
            // Which lets go of the folder, for the next one.
            *state = State::Failed;
        }
        outcome
    }

    /// Has the writer do what has nothing to do with what it gathers.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&mut IndexWriter) -> T) -> Result<T, TantivyError> {
        match &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Open(writer) => Ok(question(writer)),
            State::Failed => Err(TantivyError::InternalError("the last change failed".into())),
            State::Closed => Err(closed()),
        }
    }

    /// Finishes what it is at and lets go of the files, for another to write.
    pub(super) fn close(&self) -> Result<(), TantivyError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Closed) {
            State::Open(writer) => writer.wait_merging_threads(),
            State::Failed | State::Closed => Ok(()),
        }
    }
}

fn closed() -> TantivyError {
    TantivyError::InternalError("the index is closed".into())
}

fn open(index: &Index, size: WriterSize) -> Result<IndexWriter, TantivyError> {
    let writer: IndexWriter = index.writer_with_num_threads(size.threads, size.bytes)?;
    writer.set_merge_policy(if size.joins {
        let mut merging = LogMergePolicy::default();
        // Every search pays for every segment; films are few enough to keep them together.
        merging.set_min_num_segments(4);
        Box::new(merging)
    } else {
        Box::new(NoMergePolicy)
    });
    // What a failed commit left: tantivy tidies up after those that went well. It would fill the disk, and another try of the
    // same changes gives its files the same names, and is refused those that are there.
    if let Err(error) = writer.garbage_collect_files().wait() {
        tracing::warn!(%error, "files of the search index that nobody needs could not be deleted");
    }
    Ok(writer)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use kino_engine::log::Position;
    use tempfile::TempDir;
    use uuid::Uuid;

    use super::{
        super::{
            super::{
                engine::{Batch, DocumentKind, LogPlace, Place},
                library::{Library, cards},
            },
            generation::Generation,
        },
        *,
    };

    fn place(position: Position) -> LogPlace {
        LogPlace { log: Uuid::from_u128(7), position }
    }

    fn batch_of(films: std::ops::Range<usize>) -> Batch {
        Batch { films: cards(&Library::demo().films[films]), ..Batch::default() }
    }

    /// While the folder of an index is elsewhere, nothing can be written to it, as on a disk that is full.
    fn without<T>(folder: &Path, work: impl FnOnce() -> T) -> T {
        let elsewhere = folder.with_extension("elsewhere");
        fs::rename(folder, &elsewhere).unwrap();
        let done = work();
        fs::rename(&elsewhere, folder).unwrap();
        done
    }

    #[test]
    fn what_comes_after_a_failed_commit_is_kept() {
        let folder = TempDir::new().unwrap();
        let folder = folder.path().join("index");
        fs::create_dir(&folder).unwrap();
        let index = Generation::open(&folder, WriterSize::CHANGES).unwrap();
        index.put(&batch_of(0..10)).unwrap();
        index.commit(place(1)).unwrap();
        let films = || index.count(DocumentKind::Film).unwrap();

        index.put(&batch_of(0..20)).unwrap();
        without(&folder, || {
            assert!(index.commit(place(2)).is_err());
            // Nor can another writer be opened.
            assert!(index.put(&batch_of(0..20)).is_err());
        });
        assert_eq!((films(), index.place().unwrap()), (10, Place::At(place(1))), "the last commit stands");

        // As whoever begins again at that place does.
        index.put(&batch_of(0..20)).unwrap();
        index.commit(place(2)).unwrap();
        assert_eq!((films(), index.place().unwrap()), (20, Place::At(place(2))));
    }

    /// As a disk that has room for the documents, and no more for the commit.
    #[test]
    fn what_a_failed_commit_left_is_in_nobodys_way() {
        let folder = TempDir::new().unwrap();
        let index = Generation::open(folder.path(), WriterSize::CHANGES).unwrap();
        index.put(&batch_of(0..10)).unwrap();
        index.commit(place(1)).unwrap();
        let files = || fs::read_dir(folder.path()).unwrap().count();
        let (meta, elsewhere) = (folder.path().join("meta.json"), folder.path().join("meta.elsewhere"));
        let mut left = Vec::new();
        for _ in 0..3 {
            index.put(&batch_of(5..15)).unwrap();
            // No file can take the place of a folder.
            fs::rename(&meta, &elsewhere).unwrap();
            fs::create_dir(&meta).unwrap();
            assert!(index.commit(place(2)).is_err());
            fs::remove_dir(&meta).unwrap();
            fs::rename(&elsewhere, &meta).unwrap();
            left.push(files());
        }
        assert!(left.windows(2).all(|two| two[0] == two[1]), "each try leaves more: {left:?}");
        index.put(&batch_of(5..15)).unwrap();
        index.commit(place(2)).unwrap();
        assert_eq!(index.count(DocumentKind::Film).unwrap(), 15);
        assert_eq!(index.place().unwrap(), Place::At(place(2)));
    }

    #[test]
    fn nothing_is_written_after_the_end() {
        let folder = TempDir::new().unwrap();
        let index = Generation::open(folder.path(), WriterSize::CHANGES).unwrap();
        index.close().unwrap();
        assert!(
            index.put(&batch_of(0..1)).is_err() && index.commit(place(1)).is_err() && index.join().is_ok()
        );
        assert!(index.close().is_ok(), "once more does no harm");
    }
}
