//! Film details as they are served: built once a language, kept as bytes until the film changes.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use kino_domain::{AccessLevel, FilmId, Language};
use moka::sync::Cache;

/// At most this many bytes are kept.
const CAPACITY: u64 = 64 * 1024 * 1024;
/// Kept no longer than this, should an event ever be missed.
const KEPT: Duration = Duration::from_mins(5);

/// A film's detail in one language.
#[derive(Debug)]
pub(crate) struct ServedFilm {
    /// Who may have it: asked at every request.
    pub(crate) access: AccessLevel,
    pub(crate) body: Bytes,
    pub(crate) etag: http::HeaderValue,
}

/// The details that were asked for lately.
#[derive(Debug)]
pub(crate) struct Served {
    films: Cache<(FilmId, Language), Arc<ServedFilm>>,
    /// Grows with every change that was heard of: what was read before it is not kept after it.
    changes: AtomicU64,
}

impl Served {
    pub(crate) fn new() -> Self {
        let films = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|_, film: &Arc<ServedFilm>| u32::try_from(film.body.len() + 256).unwrap_or(u32::MAX))
            .time_to_live(KEPT)
            .build();
        Self { films, changes: AtomicU64::new(0) }
    }

    /// The detail, from what is kept or else built; none where there is no such film.
    pub(crate) async fn get<E>(
        &self,
        id: FilmId,
        language: Language,
        build: impl Future<Output = Result<Option<ServedFilm>, E>>,
    ) -> Result<Option<Arc<ServedFilm>>, E> {
        if let Some(kept) = self.films.get(&(id, language)) {
            return Ok(Some(kept));
        }
        let before = self.changes.load(Ordering::Acquire);
        let Some(film) = build.await?.map(Arc::new) else { return Ok(None) };
        self.films.insert((id, language), Arc::clone(&film));
        if self.changes.load(Ordering::Acquire) != before {
            self.films.invalidate(&(id, language));
        }
        Ok(Some(film))
    }

    /// Forgets every film.
    pub(crate) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.films.invalidate_all();
    }

    /// Forgets a film that changed.
    pub(crate) fn forget(&self, id: FilmId) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        for language in [Language::Ru, Language::En] {
            self.films.invalidate(&(id, language));
        }
    }
}
