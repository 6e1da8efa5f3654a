//! What the catalogue keeps. Tables stay in here; what comes out is the service's own types.

pub(crate) mod card_pages;
pub(crate) mod dead_letters;
pub(crate) mod editing;
mod entity;
pub(crate) mod export;
pub(crate) mod film_pages;
mod film_rows;
pub(crate) mod films;
pub(crate) mod genres;
pub(crate) mod import;
mod migrations;
pub(crate) mod person_pages;
pub(crate) mod persons;
pub(crate) mod rebuilds;
mod remembered;

pub(crate) use migrations::Migrator;

/// Ids in one statement: SQLite takes 32,766 parameters, and plans are better for fewer.
const IDS_AT_ONCE: usize = 500;
/// Rows in one statement: SQLite takes 32,766 parameters, the widest row has twenty-two.
const ROWS_AT_ONCE: usize = 1000;
