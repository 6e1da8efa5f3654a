//! The files of the index: opening, writing, damage.
//!
//! Each commit carries the position in the event log up to which it knows, so index and position cannot part. An
//! index that is damaged, of another version, or without a position is made anew from the database.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use kino_domain::FilmId;
use kino_engine::log::Position;
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError, directory::MmapDirectory,
    indexer::LogMergePolicy,
};
use uuid::Uuid;

use super::schema::{self, Fields, VERSION};
use crate::film::Film;

/// Memory that the writer gathers documents in.
const WRITER_BYTES: usize = 16 * 1024 * 1024;

/// A smaller index is checked whole when it is opened: that takes milliseconds. A larger one is checked in the
/// background.
const CHECKED_AT_OPEN: u64 = 64 * 1024 * 1024;
/// A file of this name says that the index was found damaged.
const DAMAGED: &str = "damaged";

/// Why the index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The folder cannot be used at all.
    #[error(
        "search = \"tantivy:\": the folder {folder} cannot be used: {problem}\n  it must be a folder that this user may \
         write to; what is in it can be deleted, it is made anew from the database"
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An operation failed.
    #[error("the search index: {0}")]
    Tantivy(#[from] TantivyError),
}

/// What an index knows already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing: it is to be built from the database.
    Empty,
    /// Everything up to a position of an event log.
    At(LogPlace),
}

/// A position, and the log that it is a position of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogPlace {
    pub(crate) log: Uuid,
    pub(crate) position: Position,
}

/// The index of this node.
pub(crate) struct FilmIndex {
    pub(super) index: Index,
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
    folder: PathBuf,
    /// None once the index is closed.
    writer: Mutex<Option<IndexWriter>>,
    /// Whether it holds what the database holds, but for the latest changes.
    is_built: AtomicBool,
}

impl std::fmt::Debug for FilmIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FilmIndex")
    }
}

impl FilmIndex {
    /// Opens the index in `folder`. One that cannot be opened is deleted and begun anew: the database has it all.
    pub(crate) fn open(folder: &Path) -> Result<Self, IndexError> {
        let unusable = |problem: String| IndexError::Folder { folder: folder.to_owned(), problem };
        fs::create_dir_all(folder).map_err(|error| unusable(error.to_string()))?;
        match Self::open_existing(folder) {
            Ok(index) => Ok(index),
            // Another process writes here: its index is not ours to delete.
            Err(TantivyError::LockFailure(..)) => {
                Err(unusable("another process uses it; is kino running?".to_owned()))
            }
            Err(error) => {
                tracing::warn!(%error, folder = %folder.display(), "the search index is damaged or of another version; making it anew");
                fs::remove_dir_all(folder)
                    .and_then(|()| fs::create_dir_all(folder))
                    .map_err(|error| unusable(error.to_string()))?;
                Self::open_existing(folder).map_err(|error| unusable(error.to_string()))
            }
        }
    }

    /// Looks at the index in `folder` without taking it: how many films it holds, none where there is no index yet.
    pub(crate) fn inspect(folder: &Path) -> Result<Option<u64>, IndexError> {
        if !folder.join("meta.json").exists() {
            return Ok(None);
        }
        let index = Index::open_in_dir(folder)?;
        schema::register_analyzers(&index);
        Ok(Some(index.reader()?.searcher().num_docs()))
    }

    fn open_existing(folder: &Path) -> Result<Self, TantivyError> {
        let (schema, fields) = schema::schema();
        let directory = MmapDirectory::open(folder)?;
        let index = Index::open_or_create(directory, schema)?;
        schema::register_analyzers(&index);
        if folder.join(DAMAGED).exists() || (size_of_files(folder) < CHECKED_AT_OPEN && !is_whole(&index)?) {
            return Err(TantivyError::InternalError("a file's checksum is wrong".into()));
        }
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let mut merging = LogMergePolicy::default();
        // Every search pays for every segment; films are few enough to keep them together.
        merging.set_min_num_segments(4);
        writer.set_merge_policy(Box::new(merging));
        Ok(Self {
            index,
            reader,
            fields,
            folder: folder.to_owned(),
            writer: Mutex::new(Some(writer)),
            is_built: AtomicBool::new(false),
        })
    }

    /// What the last commit says that the index knows.
    pub(crate) fn place(&self) -> Result<Place, TantivyError> {
        let payload = self.index.load_metas()?.payload.unwrap_or_default();
        let mut words = payload.split(' ');
        let is_ours = words.next().and_then(|version| version.parse().ok()) == Some(VERSION);
        let place = match (words.next().map(str::parse), words.next().map(str::parse)) {
            (Some(Ok(log)), Some(Ok(position))) if is_ours => Place::At(LogPlace { log, position }),
            _ => Place::Empty,
        };
        Ok(place)
    }

    /// Says that what it holds is the catalogue's, as far as its position goes: from now on it answers.
    pub(crate) fn trust(&self) {
        self.is_built.store(true, Ordering::Release);
    }

    /// Whether searches can be answered.
    pub(crate) fn is_built(&self) -> bool {
        self.is_built.load(Ordering::Acquire)
    }

    /// How many films it holds.
    pub(crate) fn count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Forgets everything at the next commit.
    pub(crate) fn clear(&self) -> Result<(), TantivyError> {
        self.with_writer(|writer| writer.delete_all_documents().map(drop))
    }

    /// Replaces films and takes others out; seen after the next [`commit`](Self::commit).
    pub(crate) fn put(&self, films: &[Film], gone: &[FilmId]) -> Result<(), TantivyError> {
        self.with_writer(|writer| {
            for id in gone {
                writer.delete_term(self.fields.id_term(*id));
            }
            for film in films {
                writer.delete_term(self.fields.id_term(film.id));
                writer.add_document(self.fields.document(film))?;
            }
            Ok(())
        })
    }

    /// Makes what was put durable and seen, together with how far the index knows the event log.
    pub(crate) fn commit(&self, place: LogPlace) -> Result<(), TantivyError> {
        self.with_writer(|writer| {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&format!("{VERSION} {} {}", place.log, place.position));
            commit.commit().map(drop)
        })?;
        self.reader.reload()?;
        self.is_built.store(true, Ordering::Release);
        Ok(())
    }

    /// Reads all files and compares their checksums; an index with a damaged one is made anew at the next start.
    /// Whether all are whole. Slow for a large index.
    pub(crate) fn check(&self) -> Result<bool, TantivyError> {
        let whole = is_whole(&self.index)?;
        if !whole {
            fs::write(self.folder.join(DAMAGED), "")?;
        }
        Ok(whole)
    }

    /// Finishes what the writer is at and lets go of the files, for another process to write.
    pub(crate) fn close(&self) -> Result<(), TantivyError> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.map_or(Ok(()), IndexWriter::wait_merging_threads)
    }

    fn with_writer<T>(
        &self,
        work: impl FnOnce(&mut IndexWriter) -> Result<T, TantivyError>,
    ) -> Result<T, TantivyError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        match writer.as_mut() {
            Some(writer) => work(writer),
            None => Err(TantivyError::InternalError("the index is closed".into())),
        }
    }
}

fn is_whole(index: &Index) -> Result<bool, TantivyError> {
    Ok(index.validate_checksum()?.is_empty())
}

fn size_of_files(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// Runs work on the index on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TantivyError> + Send + 'static,
) -> Result<T, IndexError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => Ok(outcome?),
        Err(error) => Err(TantivyError::InternalError(error.to_string()).into()),
    }
}
