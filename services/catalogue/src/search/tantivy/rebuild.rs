//! An index in the making, beside the one in use.

use std::{fs, sync::Arc};

use async_trait::async_trait;
use tantivy::TantivyError;
use uuid::Uuid;

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
    after: Option<Uuid>,
    is_in_use: bool,
}

impl Making {
    pub(super) fn begin(shared: Arc<Shared>) -> Result<Self, IndexError> {
        let made = Arc::new(shared.folder.begin()?);
        Ok(Self { shared, made, after: None, is_in_use: false })
    }
}

#[async_trait]
impl Rebuild for Making {
    fn after(&mut self, request: Uuid) {
        self.after = Some(request);
    }

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

    async fn finish(mut self: Box<Self>, place: LogPlace) -> Result<Vec<Rejected>, IndexError> {
        let (shared, made, after) = (Arc::clone(&self.shared), Arc::clone(&self.made), self.after);
        let (old, new) = blocking(move || {
            made.commit_after(place, after)?;
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
            Ok(Vec::new())
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

#[cfg(test)]
mod tests {
    use super::{
        super::{super::engine::SearchEngine as _, engine::Tantivy},
        *,
    };

    /// Of servers that have an index each, each goes by its own: whether it was built after the latest request.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_request_that_an_index_was_built_after_outlives_changes_and_the_process() {
        let folder = tempfile::TempDir::new().unwrap();
        let engine = Tantivy::open(folder.path()).unwrap();
        assert_eq!(engine.built_after().await.unwrap(), None);
        let place = |position| LogPlace { log: Uuid::from_u128(7), position };
        engine.rebuild().await.unwrap().finish(place(1)).await.unwrap();
        assert_eq!(engine.built_after().await.unwrap(), None, "nobody asked for it");

        let request = Uuid::from_u128(9);
        let mut making = engine.rebuild().await.unwrap();
        making.after(request);
        assert_eq!(engine.built_after().await.unwrap(), None, "it is not in use yet");
        making.finish(place(2)).await.unwrap();
        assert_eq!(engine.built_after().await.unwrap(), Some(request));
        engine.commit(place(3)).await.unwrap();
        engine.close().await.unwrap();
        drop(engine);
        let engine = Tantivy::open(folder.path()).unwrap();
        assert_eq!(engine.built_after().await.unwrap(), Some(request));
        engine.close().await.unwrap();
    }
}
