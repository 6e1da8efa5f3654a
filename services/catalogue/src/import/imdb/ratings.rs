//! Ratings, all in memory: there are less than two million.

use csv::StringRecord;

use super::{
    super::{
        ImportError,
        table::{Column, Table},
    },
    Batch, Known, STEP,
    numbers::number,
};

/// How a title was rated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rating {
    pub(super) average: f64,
    pub(super) votes: i64,
}

/// Reads `title.ratings`.
#[derive(Debug)]
pub(super) struct RatingsFile {
    table: Table,
    id: Column,
    average: Column,
    votes: Column,
}

impl RatingsFile {
    pub(super) fn new(table: Table) -> Result<Self, ImportError> {
        let (id, average) = (table.needed("tconst")?, table.needed("averageRating")?);
        Ok(Self { id, average, votes: table.needed("numVotes")?, table })
    }

    /// Reads some ratings; whether there are more.
    pub(super) fn step(&mut self, known: &mut Known, batch: &mut Batch) -> bool {
        let mut row = StringRecord::new();
        for _ in 0..STEP {
            match self.table.next(&mut row) {
                Ok(false) => return false,
                Ok(true) => match self.rating(&row) {
                    Ok((id, rating)) => {
                        known.ratings.insert(id, rating);
                    }
                    Err(reason) => batch.tell(self.table.place(), reason),
                },
                Err(reason) => batch.tell(self.table.place(), reason),
            }
        }
        true
    }

    fn rating(&self, row: &StringRecord) -> Result<(u32, Rating), String> {
        let id = number("tt", self.id.of(row).unwrap_or_default())?;
        let average = self.average.number(row)?.ok_or("it has no rating")?;
        let votes = self.votes.number(row)?.unwrap_or(0);
        Ok((id, Rating { average, votes }))
    }
}
