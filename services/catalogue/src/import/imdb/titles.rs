//! The titles themselves: `title.basics`.

use csv::StringRecord;
use kino_domain::AccessLevel;

use super::{
    super::{
        ImportError,
        raw::{RawFilm, RawGenre},
        table::Column,
    },
    Batch, Known, STEP,
    credits::{Credits, CreditsFile},
    numbers::number,
    sorted::Sorted,
};
use crate::film::Kind;

/// Rows of one batch at most: most are episodes, which are passed over.
const ROWS: usize = 10_000;

/// Reads `title.basics`.
#[derive(Debug)]
pub(super) struct TitlesFile {
    rows: Sorted,
    kind: Column,
    title: Column,
    original_title: Column,
    is_adult: Column,
    year: Column,
    minutes: Column,
    genres: Column,
}

impl TitlesFile {
    pub(super) fn new(rows: Sorted) -> Result<Self, ImportError> {
        let table = &rows.table;
        Ok(Self {
            kind: table.column("titleType"),
            title: table.needed("primaryTitle")?,
            original_title: table.column("originalTitle"),
            is_adult: table.column("isAdult"),
            year: table.column("startYear"),
            minutes: table.column("runtimeMinutes"),
            genres: table.column("genres"),
            rows,
        })
    }

    /// Notes which titles are films, in some rows; whether there are more.
    pub(super) fn step(&mut self, known: &mut Known) -> Result<bool, ImportError> {
        // What is wrong with rows is told when they are read again.
        let mut untold = Batch::default();
        for _ in 0..STEP {
            if !self.rows.advance(&mut untold)? {
                return Ok(false);
            }
            if let (Some(_), Ok(title)) = (self.kind(self.rows.row()), number("tt", self.rows.id())) {
                known.titles.insert(title);
            }
        }
        Ok(true)
    }

    /// Reads the films of some rows with the people who made them; whether there are more.
    pub(super) fn films(
        &mut self,
        known: &Known,
        credits: &mut [CreditsFile],
        access: AccessLevel,
        batch: &mut Batch,
    ) -> Result<bool, ImportError> {
        for _ in 0..ROWS {
            let in_order = !credits.is_empty();
            let there_is = if in_order { self.rows.advance(batch)? } else { self.rows.advance_anyhow(batch) };
            if !there_is {
                return Ok(false);
            }
            let row = self.rows.row();
            let Some(kind) = self.kind(row) else {
                batch.skipped += 1;
                continue;
            };
            let mut people = Credits::default();
            for file in &mut *credits {
                file.add(self.rows.id(), &known.names, &mut people, batch)?;
            }
            batch.take(self.rows.table.place(), self.film(row, kind, known, people), access);
            if batch.is_full() {
                break;
            }
        }
        Ok(true)
    }

    fn film(
        &self,
        row: &StringRecord,
        kind: Kind,
        known: &Known,
        people: Credits,
    ) -> Result<RawFilm, String> {
        let id = self.rows.id();
        let rating = known.ratings.get(&number("tt", id)?);
        Ok(RawFilm {
            imdb_id: Some(id.to_owned()),
            kind: Some(kind),
            title: self.title.text(row),
            original_title: self.original_title.text(row),
            year: self.year.number(row)?,
            rating_imdb: rating.map(|rating| rating.average),
            votes_imdb: rating.map(|rating| rating.votes),
            runtime_min: self.minutes.number(row)?,
            age_rating: (self.is_adult.of(row) == Some("1")).then(|| "18+".to_owned()),
            genres: self
                .genres
                .of(row)
                .into_iter()
                .flat_map(|genres| genres.split(','))
                .map(RawGenre::named)
                .collect(),
            directors: people.directors,
            writers: people.writers,
            actors: people.actors,
            ..RawFilm::default()
        })
    }

    /// What a title is; none where it is no film, as an episode of a series. Tables of films alone do not say.
    fn kind(&self, row: &StringRecord) -> Option<Kind> {
        if !self.kind.is_there() {
            return Some(Kind::Movie);
        }
        match self.kind.of(row)? {
            "movie" | "tvMovie" | "short" | "tvShort" | "tvSpecial" | "video" => Some(Kind::Movie),
            "tvSeries" | "tvMiniSeries" => Some(Kind::Series),
            _ => None,
        }
    }
}
