//! Tantivy as the catalogue's engine.

use std::{
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use kino_domain::{AccessLevel, FilmId, PersonId};
use uuid::Uuid;

use super::{
    super::{
        IndexError,
        alike::Traits,
        engine::{
            Batch, Checksum, DocumentKind, Found, LogPlace, PersonsWanted, Place, Rebuild, Rejected,
            SearchEngine, Stats, SuggestWanted, Suggested, Wanted,
        },
    },
    blocking,
    folder::Folder,
    generation::Generation,
    rebuild::{Making, join_beside},
};
use crate::film::Film;

/// The index of this node.
#[derive(Clone, Debug)]
pub(crate) struct Tantivy(Arc<Shared>);

/// What the engine and an index in the making share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) folder: Folder,
    /// The index in use.
    current: RwLock<Arc<Generation>>,
    /// Whether it holds what the database holds, but for the latest changes.
    is_built: AtomicBool,
}

impl Shared {
    pub(super) fn current(&self) -> Arc<Generation> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts an index into use; answers the one before.
    pub(super) fn replace(&self, new: Arc<Generation>) -> Arc<Generation> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, new);
        self.is_built.store(true, Ordering::Release);
        old
    }
}

impl Tantivy {
    /// Opens the index in `folder`; a damaged one is begun anew.
    pub(crate) fn open(folder: &Path) -> Result<Self, IndexError> {
        let (folder, generation) = Folder::open(folder)?;
        // Whose films it holds, whoever knows the log will say.
        let is_built = AtomicBool::new(false);
        Ok(Self(Arc::new(Shared { folder, current: RwLock::new(Arc::new(generation)), is_built })))
    }

    /// Asks the index, off the async threads.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Generation) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        let current = self.built().ok_or(IndexError::Building)?;
        blocking(move || question(&current)).await
    }

    /// The index in use, if it holds what the database holds.
    fn built(&self) -> Option<Arc<Generation>> {
        self.0.is_built.load(Ordering::Acquire).then(|| self.0.current())
    }
}

#[async_trait]
impl SearchEngine for Tantivy {
    fn name(&self) -> &'static str {
        "tantivy"
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn search(&self, wanted: Wanted) -> Result<Found, IndexError> {
        self.ask(move |index| index.search(&wanted)).await
    }

    async fn suggest(&self, wanted: SuggestWanted) -> Result<Vec<Suggested>, IndexError> {
        self.ask(move |index| index.suggest(&wanted)).await
    }

    async fn find_persons(&self, wanted: PersonsWanted) -> Result<(Vec<PersonId>, u64), IndexError> {
        self.ask(move |index| index.find_persons(&wanted)).await
    }

    async fn similar(
        &self,
        film: &Film,
        visible: Vec<AccessLevel>,
        limit: usize,
    ) -> Result<Vec<FilmId>, IndexError> {
        let (id, traits) = (film.id, Traits::of(film));
        self.ask(move |index| index.similar(id, &traits, &visible, limit)).await
    }

    fn trust(&self) {
        self.0.is_built.store(true, Ordering::Release);
        let current = self.0.current();
        join_beside(move || current.join_if_apart());
    }

    async fn place(&self) -> Result<Place, IndexError> {
        let current = self.0.current();
        blocking(move || Ok(current.place()?)).await
    }

    async fn built_after(&self) -> Result<Option<Uuid>, IndexError> {
        Ok(self.0.current().built_after)
    }

    async fn put(&self, batch: Batch) -> Result<Vec<Rejected>, IndexError> {
        let current = self.built().ok_or(IndexError::Replaced)?;
        blocking(move || Ok(current.put(&batch)?)).await?;
        Ok(Vec::new())
    }

    async fn commit(&self, place: LogPlace) -> Result<(), IndexError> {
        let current = self.built().ok_or(IndexError::Replaced)?;
        blocking(move || Ok(current.commit(place)?)).await
    }

    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, IndexError> {
        let shared = Arc::clone(&self.0);
        let making = blocking(move || Making::begin(shared)).await?;
        Ok(Box::new(making))
    }

    async fn stats(&self) -> Result<Stats, IndexError> {
        let (current, is_built) = (self.0.current(), self.0.is_built.load(Ordering::Acquire));
        blocking(move || {
            let count = |kind| current.count(kind);
            let (films, persons) = (count(DocumentKind::Film)?, count(DocumentKind::Person)?);
            Ok(Stats { films, persons, bytes: current.bytes(), is_built })
        })
        .await
    }

    async fn checksums(&self, kind: DocumentKind) -> Result<Vec<Checksum>, IndexError> {
        let current = self.0.current();
        blocking(move || Ok(current.checksums(kind)?)).await
    }

    async fn versions(&self, kind: DocumentKind, bucket: u8) -> Result<Vec<(Uuid, i64)>, IndexError> {
        let current = self.0.current();
        blocking(move || Ok(current.versions(kind, bucket)?)).await
    }

    async fn check(&self) -> Result<bool, IndexError> {
        let current = self.0.current();
        blocking(move || Ok(current.check()?)).await
    }

    async fn ready(&self) -> Result<(), IndexError> {
        self.built().map(drop).ok_or(IndexError::Building)
    }

    async fn close(&self) -> Result<(), IndexError> {
        let current = self.0.current();
        blocking(move || Ok(current.close()?)).await
    }
}
