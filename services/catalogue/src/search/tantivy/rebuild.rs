//! An index in the making, beside the one in use.

use std::{fs, sync::Arc};

use async_trait::async_trait;
use tantivy::TantivyError;

use super::{
    super::{
        IndexError,
        engine::{Batch, LogPlace, Rebuild, Rejected},
    },
    blocking,
    engine::Shared,
    generation::Generation,
    writer::WriterSize,
};

/// The index in the making; dropped, its files go.
pub(super) struct Making {
    shared: Arc<Shared>,
    made: Arc<Generation>,
    is_in_use: bool,
}

impl Making {
    pub(super) fn begin(shared: Arc<Shared>) -> Result<Self, IndexError> {
        let made = Arc::new(shared.folder.begin()?);
        Ok(Self { shared, made, is_in_use: false })
    }
}

#[async_trait]
impl Rebuild for Making {
    async fn add(&mut self, batch: Batch) -> Result<Vec<Rejected>, IndexError> {
        let made = Arc::clone(&self.made);
        blocking(move || Ok(made.add(&batch)?)).await?;
        Ok(Vec::new())
    }

    async fn put(&mut self, batch: Batch) -> Result<Vec<Rejected>, IndexError> {
        let made = Arc::clone(&self.made);
        blocking(move || Ok(made.put(&batch)?)).await?;
        Ok(Vec::new())
    }

    async fn finish(mut self: Box<Self>, place: LogPlace) -> Result<(), IndexError> {
        let (shared, made) = (Arc::clone(&self.shared), Arc::clone(&self.made));
        let (old, new) = blocking(move || {
            made.commit(place)?;
            // The large writer ends here; a small one takes over.
            made.close()?;
            let new = Arc::new(Generation::open(&made.folder, WriterSize::CHANGES)?);
            shared.folder.point_to(&new.folder).map_err(TantivyError::from)?;
            Ok((shared.replace(Arc::clone(&new)), new))
        })
        .await?;
        self.is_in_use = true;
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            // Searches that hold it still read its files, which stay until the last of them is done.
            old.close()?;
            shared.folder.sweep(&new.folder);
            join_beside(move || new.join());
            Ok(())
        })
        .await
    }
}

/// Joins parts on a thread of its own, which a stop does not wait for.
pub(super) fn join_beside(join: impl FnOnce() -> Result<(), TantivyError> + Send + 'static) {
    let joining = std::thread::Builder::new().name("index-joining".to_owned()).spawn(move || {
        if let Err(error) = join() {
            tracing::debug!(%error, "the parts of the search index stay apart for now");
        }
    });
    if let Err(error) = joining {
        tracing::warn!(%error, "the parts of the search index stay apart for now");
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        if !self.is_in_use
            && let Err(error) = fs::remove_dir_all(&self.made.folder)
        {
            tracing::warn!(%error, folder = %self.made.folder.display(), "an unfinished search index could not be deleted");
        }
    }
}
