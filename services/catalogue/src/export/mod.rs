//! Exporting films: all of them, in the order of their ids, in a form from which an import makes the same catalogue.

mod film;

use std::{collections::HashMap, fmt, str::FromStr};

use kino_domain::PersonId;
use kino_engine::{Database, database::DbErr};

use self::film::ExportedFilm;
use crate::{
    film::Film,
    film_columns,
    store::{self, Migrator, film_pages::FilmPages},
};

/// Films that are read at once.
const PAGE: u64 = 500;

/// How films are written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportFormat {
    /// JSON lines, a film a line.
    #[default]
    Jsonl,
    /// A table with the same names as columns.
    Csv,
}

/// Why an export could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error("the catalogue's database: {0}")]
    Database(#[from] DbErr),
    /// A row of a table could not be written.
    #[error("a row could not be written: {0}")]
    Row(#[from] csv::Error),
}

/// An export under way. Each film is told as it is when its turn comes.
#[derive(Debug)]
pub struct Export {
    database: Database,
    format: ExportFormat,
    pages: FilmPages,
    total: u64,
    written: u64,
    has_begun: bool,
}

impl Export {
    /// An export of this database, which is brought up to date first.
    pub async fn begin(database: Database, format: ExportFormat) -> Result<Self, ExportError> {
        database.migrate::<Migrator>().await?;
        let total = store::films::count(database.read()).await?;
        Ok(Self { database, format, pages: FilmPages::default(), total, written: 0, has_begun: false })
    }

    /// How many films there were when it began.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// How many were told so far.
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// The next piece of the file; none behind the last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        let read = self.database.read();
        let films = self.pages.next(read, PAGE).await?;
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if films.is_empty() {
            // A table without rows has its header still.
            let header =
                (is_first && self.format == ExportFormat::Csv).then(|| table(&[], &HashMap::new(), true));
            return header.transpose();
        }
        self.written += films.len() as u64;
        let mut persons: Vec<PersonId> =
            films.iter().flat_map(|film| &film.people).map(|credit| credit.person.id).collect();
        persons.sort_unstable();
        persons.dedup();
        let source_ids = store::export::source_ids(read, &persons).await?;
        Ok(Some(match self.format {
            ExportFormat::Jsonl => {
                films.iter().flat_map(|film| json_line(film, &source_ids).into_bytes()).collect()
            }
            ExportFormat::Csv => table(&films, &source_ids, is_first)?,
        }))
    }
}

/// A film as a line of our own format.
pub(crate) fn json_line(film: &Film, source_ids: &HashMap<PersonId, String>) -> String {
    ExportedFilm::new(film, source_ids).json() + "\n"
}

fn table(
    films: &[Film],
    source_ids: &HashMap<PersonId, String>,
    with_header: bool,
) -> Result<Vec<u8>, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(film_columns::WRITTEN)?;
    }
    for film in films {
        writer
            .write_record(ExportedFilm::new(film, source_ids).cells().iter().map(|cell| cell.as_bytes()))?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()).into())
}

impl ExportFormat {
    const ALL: [Self; 2] = [Self::Jsonl, Self::Csv];

    /// The name on the command line, and the end of a file's name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.code() == text);
        found.ok_or_else(|| format!("unknown format `{text}`: use jsonl or csv"))
    }
}
