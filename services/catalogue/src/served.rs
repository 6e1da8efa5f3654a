//! What is kept of films to answer with, until they change: details as bytes, built once a language; and what lists show.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use foldhash::fast::RandomState;
use http::{HeaderValue, header::InvalidHeaderValue};
use kino_domain::{AccessLevel, FilmId, Language};
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::film::Film;

/// At most this many bytes are kept of details, and as many of what lists show.
const CAPACITY: u64 = 64 * 1024 * 1024;
/// Kept no longer than this, should an event ever be missed.
const KEPT: Duration = Duration::from_mins(5);

/// A film's detail in one language.
#[derive(Debug)]
pub(crate) struct ServedFilm {
    /// Who may have it: asked at every request.
    pub(crate) access: AccessLevel,
    pub(crate) plain: Representation,
    /// Where it is worth it.
    pub(crate) gzip: Option<Representation>,
}

/// Bytes, as they go out, and their tag: the same bytes, the same tag.
#[derive(Debug)]
pub(crate) struct Representation {
    pub(crate) body: Bytes,
    pub(crate) etag: HeaderValue,
}

/// Shorter bodies fit into one packet as they are.
const GZIP_FROM: usize = 1024;

impl ServedFilm {
    /// Of a film's version, as a body in JSON. The tag begins with the version: whoever saw it may bind a change to it.
    pub(crate) fn new(access: AccessLevel, version: i64, body: Vec<u8>) -> Result<Self, InvalidHeaderValue> {
        let tag = format!("v{version}-{}", tag(&body));
        let gzip = if body.len() >= GZIP_FROM {
            Some(Representation { body: packed(&body), etag: format!("\"{tag}-gzip\"").try_into()? })
        } else {
            None
        };
        let plain = Representation { body: body.into(), etag: format!("\"{tag}\"").try_into()? };
        Ok(Self { access, plain, gzip })
    }

    /// In memory.
    fn size(&self) -> usize {
        let gzip = self.gzip.as_ref().map_or(0, |gzip| gzip.body.len());
        self.plain.body.len() + gzip + 256
    }
}

/// A hash of the bytes, for their tag.
pub(crate) fn tag(body: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(body)[..12].iter().fold(String::new(), |mut tag, byte| {
        let _ = write!(tag, "{byte:02x}");
        tag
    })
}

fn packed(body: &[u8]) -> Bytes {
    use std::io::Write as _;
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing into memory does not fail.
    let _ = packing.write_all(body);
    packing.finish().unwrap_or_default().into()
}

/// What was asked for lately.
#[derive(Debug)]
pub(crate) struct Served {
    films: Cache<(FilmId, Language), Arc<ServedFilm>, RandomState>,
    /// Films as far as lists show them.
    listed: Cache<FilmId, Arc<Film>, RandomState>,
    /// Grows with every change that was heard of: what was read before it is not kept after it.
    changes: AtomicU64,
}

impl Served {
    pub(crate) fn new() -> Self {
        let films = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|_, film: &Arc<ServedFilm>| u32::try_from(film.size()).unwrap_or(u32::MAX))
            .time_to_live(KEPT)
            .build_with_hasher(RandomState::default());
        let listed = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|_, film: &Arc<Film>| u32::try_from(size_of_listed(film)).unwrap_or(u32::MAX))
            .time_to_live(KEPT)
            .build_with_hasher(RandomState::default());
        Self { films, listed, changes: AtomicU64::new(0) }
    }

    /// The detail, from what is kept or else built; none where there is no such film. Only what builds makes a large future,
    /// which a request that finds the detail kept does not pay for.
    pub(crate) async fn get<E, B>(
        &self,
        id: FilmId,
        language: Language,
        build: impl FnOnce() -> B,
    ) -> Result<Option<Arc<ServedFilm>>, E>
    where
        B: Future<Output = Result<Option<ServedFilm>, E>>,
    {
        if let Some(kept) = self.films.get(&(id, language)) {
            return Ok(Some(kept));
        }
        let before = self.changes.load(Ordering::Acquire);
        let Some(film) = Box::pin(build()).await?.map(Arc::new) else { return Ok(None) };
        self.films.insert((id, language), Arc::clone(&film));
        if self.changes.load(Ordering::Acquire) != before {
            self.films.invalidate(&(id, language));
        }
        Ok(Some(film))
    }

    /// Those of these films that there are, in the order of the ids: from what is kept; `read` the others, all at once.
    pub(crate) async fn listed<E, R>(
        &self,
        ids: &[FilmId],
        read: impl FnOnce(Vec<FilmId>) -> R,
    ) -> Result<Vec<Arc<Film>>, E>
    where
        R: Future<Output = Result<Vec<Film>, E>>,
    {
        let mut films: Vec<Option<Arc<Film>>> = ids.iter().map(|id| self.listed.get(id)).collect();
        let missing: Vec<FilmId> =
            ids.iter().zip(&films).filter(|(_, film)| film.is_none()).map(|(id, _)| *id).collect();
        if !missing.is_empty() {
            let before = self.changes.load(Ordering::Acquire);
            let mut read = Box::pin(read(missing)).await?.into_iter().map(Arc::new).peekable();
            for (id, place) in ids.iter().zip(&mut films).filter(|(_, film)| film.is_none()) {
                // What was read comes in the order of the ids too.
                *place = read.next_if(|film| film.id == *id);
                if let Some(film) = place {
                    self.listed.insert(*id, Arc::clone(film));
                }
            }
            if self.changes.load(Ordering::Acquire) != before {
                for id in ids {
                    self.listed.invalidate(id);
                }
            }
        }
        Ok(films.into_iter().flatten().collect())
    }

    /// Forgets every film.
    pub(crate) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.films.invalidate_all();
        self.listed.invalidate_all();
    }

    /// Forgets a film that changed.
    pub(crate) fn forget(&self, id: FilmId) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        for language in [Language::Ru, Language::En] {
            self.films.invalidate(&(id, language));
        }
        self.listed.invalidate(&id);
    }
}

/// In memory, about.
fn size_of_listed(film: &Film) -> usize {
    let texts =
        [&film.title.ru, &film.title.en, &film.original_title, &film.description.ru, &film.description.en];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    let names = film.genres.iter().flat_map(|genre| [&genre.name.ru, &genre.name.en]).flatten();
    size_of::<Film>() + texts + names.map(|name| name.len() + size_of::<String>()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, convert::Infallible};

    use super::*;
    use crate::search::library::Library;

    #[tokio::test]
    async fn what_lists_show_is_read_once_until_it_changes() {
        let films = Library::demo().films;
        let ids: Vec<FilmId> = films.iter().take(3).map(|film| film.id).collect();
        let gone = FilmId(uuid::Uuid::nil());
        let wanted = [ids[2], gone, ids[0], ids[1]];
        let (served, asked) = (Served::new(), RefCell::new(Vec::new()));
        let read = async |ids: Vec<FilmId>| -> Result<Vec<Film>, Infallible> {
            asked.borrow_mut().push(ids.clone());
            Ok(ids.iter().filter_map(|id| films.iter().find(|film| film.id == *id)).cloned().collect())
        };
        let listed = async |ids: &[FilmId]| -> Vec<FilmId> {
            let listed = served.listed(ids, read).await.unwrap();
            listed.iter().map(|film| film.id).collect()
        };
        assert_eq!(listed(&[ids[0]]).await, [ids[0]]);
        assert_eq!(listed(&wanted).await, [ids[2], ids[0], ids[1]], "in the order of the ids");
        assert_eq!(listed(&ids).await, ids);
        served.forget(ids[1]);
        assert_eq!(listed(&ids).await, ids);
        served.forget_all();
        assert_eq!(listed(&ids).await, ids);
        let missing = [vec![ids[0]], vec![ids[2], gone, ids[1]], vec![ids[1]], ids.clone()];
        assert_eq!(*asked.borrow(), missing);
    }

    #[tokio::test]
    async fn what_changes_while_it_is_read_is_not_kept() {
        let film = Library::demo().films.remove(0);
        let (served, reads) = (Served::new(), RefCell::new(0));
        for _ in 0..2 {
            let read = async |_| -> Result<Vec<Film>, Infallible> {
                served.forget(film.id);
                *reads.borrow_mut() += 1;
                Ok(vec![film.clone()])
            };
            assert_eq!(served.listed(&[film.id], read).await.unwrap().len(), 1);
        }
        assert_eq!(*reads.borrow(), 2);
    }
}
