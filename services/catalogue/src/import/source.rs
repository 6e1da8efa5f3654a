//! Where films come from: whatever can be read a batch at a time.

use std::fmt::Debug;

use kino_domain::AccessLevel;

use super::{BadRow, ImportError, ImportedFilm, Repair, check::check, raw::RawFilm, report::Place};

/// Films at most in a batch, and so in one transaction.
pub(crate) const BATCH: usize = 500;

/// Films to be imported. Reading may block.
pub trait Source: Debug + Send + 'static {
    /// How much there is to read, in the source's own unit: bytes of a file, films of a database.
    fn size(&self) -> u64;

    /// How much of it has been read.
    fn read(&self) -> u64;

    /// The next films; those that do not say who may see them get `access`.
    fn batch(&mut self, access: AccessLevel) -> Result<Batch, ImportError>;
}

impl Source for Box<dyn Source> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read(&self) -> u64 {
        (**self).read()
    }

    fn batch(&mut self, access: AccessLevel) -> Result<Batch, ImportError> {
        (**self).batch(access)
    }
}

/// Some films, and what was met while they were read.
#[derive(Debug, Default)]
pub struct Batch {
    pub(crate) films: Vec<ImportedFilm>,
    pub(crate) bad: Vec<BadRow>,
    pub(crate) repairs: Vec<Repair>,
    pub(crate) skipped: u64,
    pub(crate) is_last: bool,
}

impl Batch {
    pub(super) const fn is_full(&self) -> bool {
        self.films.len() >= BATCH
    }

    /// Checks what a row gave, and takes it in.
    pub(super) fn take(&mut self, place: Place, raw: Result<RawFilm, String>, access: AccessLevel) {
        match raw.and_then(|raw| check(raw, access)) {
            Ok((film, repairs)) => {
                self.films.push(film);
                let repairs = repairs.into_iter();
                self.repairs.extend(repairs.map(|(from, to)| Repair { place: place.clone(), from, to }));
            }
            Err(reason) => self.tell(place, reason),
        }
    }

    pub(super) fn tell(&mut self, place: Place, reason: impl Into<String>) {
        self.bad.push(BadRow { place, reason: reason.into() });
    }
}
