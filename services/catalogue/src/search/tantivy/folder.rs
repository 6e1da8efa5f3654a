//! Which index is in use. The file `CURRENT` names its folder; an index in the making has a folder beside it, and takes
//! its place when the file is replaced, in one step.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use kino_engine::private_folder;
use tantivy::{Index, TantivyError, collector::Count, query::TermQuery, schema::IndexRecordOption};
use uuid::Uuid;

use super::{
    super::{IndexError, IndexGlance, engine::DocumentKind},
    generation::Generation,
    payload::place_in,
    schema,
    writer::WriterSize,
};

const CURRENT: &str = "CURRENT";

/// The folder of all indexes.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Opens the index in use. One that cannot be opened is deleted and begun anew: the database has it all. What
    /// others left unfinished is deleted too.
    pub(super) fn open(path: &Path) -> Result<(Self, Generation), IndexError> {
        let folder = Self(path.to_owned());
        private_folder::make(path).map_err(|error| folder.unusable(&error))?;
        let current = folder.current().unwrap_or_else(|| folder.0.join(new_name()));
        let generation = match Self::open_generation(&current) {
            Ok(generation) => generation,
            // Another process writes here: its index is not ours to delete.
            Err(TantivyError::LockFailure(..)) => {
                return Err(folder.unusable(&"another process uses it; is kino running?"));
            }
            Err(error) => {
                tracing::warn!(%error, folder = %current.display(), "the search index is damaged or of another version; making it anew");
                let current = folder.0.join(new_name());
                Self::open_generation(&current).map_err(|error| folder.unusable(&error))?
            }
        };
        folder.point_to(&generation.folder).map_err(|error| folder.unusable(&error))?;
        folder.sweep(&generation.folder);
        Ok((folder, generation))
    }

    /// Begins an index beside the one in use.
    pub(super) fn begin(&self) -> Result<Generation, IndexError> {
        let path = self.0.join(new_name());
        fs::create_dir_all(&path).map_err(|error| self.unusable(&error))?;
        Ok(Generation::open(&path, WriterSize::REBUILD)?)
    }

    /// Makes this index the one that is opened from now on.
    pub(super) fn point_to(&self, generation: &Path) -> std::io::Result<()> {
        let name = generation.file_name().unwrap_or_default().as_encoded_bytes();
        let unfinished = self.0.join("CURRENT.unfinished");
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(name)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.0.join(CURRENT))?;
        // The rename itself is durable once the folder is.
        fs::File::open(&self.0)?.sync_all()
    }

    /// Deletes everything but this index.
    pub(super) fn sweep(&self, keep: &Path) {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let path = entry.path();
            if path == keep || path.file_name().is_some_and(|name| name == CURRENT) {
                continue;
            }
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            if let Err(error) = removed {
                tracing::warn!(%error, path = %path.display(), "what is left of an older search index could not be deleted");
            }
        }
    }

    fn open_generation(path: &Path) -> Result<Generation, TantivyError> {
        fs::create_dir_all(path)?;
        Generation::open(path, WriterSize::CHANGES)
    }

    fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.0.join(CURRENT)).ok()?;
        // A name of ours, never a path to elsewhere.
        name.parse::<Uuid>().ok().map(|name| self.0.join(name.to_string()))
    }

    fn unusable(&self, problem: &impl ToString) -> IndexError {
        IndexError::Folder { folder: self.0.clone(), problem: problem.to_string() }
    }
}

/// Looks at the index in `folder` without taking it; none where there is no index yet.
pub(crate) fn inspect(folder: &Path) -> Result<Option<IndexGlance>, IndexError> {
    let Some(current) = Folder(folder.to_owned()).current().filter(|path| path.join("meta.json").exists())
    else {
        return Ok(None);
    };
    let index = Index::open_in_dir(current)?;
    schema::register_analyzers(&index);
    let place = place_in(&index.load_metas()?.payload.unwrap_or_default());
    let (fields, searcher) = (schema::schema().1, index.reader()?.searcher());
    let count = |kind| {
        let of_kind = TermQuery::new(fields.kind_term(kind), IndexRecordOption::Basic);
        searcher.search(&of_kind, &Count).map(|count| count as u64)
    };
    let (films, persons) = (count(DocumentKind::Film)?, count(DocumentKind::Person)?);
    Ok(Some(IndexGlance { films, persons, place }))
}

/// A name that no other index has.
fn new_name() -> String {
    Uuid::now_v7().to_string()
}
