//! What an import did, and what it met on the way.

use std::{fmt, sync::Arc};

/// More bad rows and repairs than this are counted, not kept.
const TOLD: usize = 1000;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Films that were not there before.
    pub added: u64,
    /// Films that were there and changed.
    pub changed: u64,
    /// Films that were there just so.
    pub unchanged: u64,
    /// Rows whose film had come before in the same import: the last one counts.
    pub repeated: u64,
    /// Rows that are no films, such as the episodes of a series.
    pub skipped: u64,
    /// Rows that were not imported, or not wholly, with their reasons: the first thousand.
    pub bad: Vec<BadRow>,
    /// How many rows were not imported, or not wholly.
    pub bad_rows: u64,
    /// Texts that had been encoded twice: the first thousand.
    pub repairs: Vec<Repair>,
    /// How many texts had been encoded twice.
    pub repaired: u64,
    /// Whether it was interrupted before the end.
    pub interrupted: bool,
}

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the file, or of the table.
    pub file: Arc<str>,
    /// The number of the line (of the row, in a table of a database), from 1.
    pub number: u64,
}

/// A row that was not imported, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Where it is.
    pub place: Place,
    /// Why.
    pub reason: String,
}

/// A text that had been encoded twice, and was imported as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Where it is.
    pub place: Place,
    /// As it stands there.
    pub from: String,
    /// As it was imported.
    pub to: String,
}

impl ImportReport {
    /// Films that were read.
    pub const fn films(&self) -> u64 {
        self.added + self.changed + self.unchanged
    }

    pub(super) fn met(&mut self, bad: Vec<BadRow>, repairs: Vec<Repair>, skipped: u64) {
        self.bad_rows += bad.len() as u64;
        self.repaired += repairs.len() as u64;
        self.skipped += skipped;
        let (room_for_bad, room_for_repairs) = (TOLD - self.bad.len(), TOLD - self.repairs.len());
        self.bad.extend(bad.into_iter().take(room_for_bad));
        self.repairs.extend(repairs.into_iter().take(room_for_repairs));
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.number)
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: \"{}\" was encoded twice, taken as \"{}\"", self.place, self.from, self.to)
    }
}
