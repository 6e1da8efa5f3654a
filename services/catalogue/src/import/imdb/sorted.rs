//! A file of what belongs to titles (their crew, their principals), read beside the titles. Both are sorted by the
//! title's id, as IMDb publishes them, so that neither is ever in memory as a whole.

use csv::StringRecord;

use super::super::{
    ImportError,
    source::Batch,
    table::{Column, Table},
};

/// A table in the order of titles.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) table: Table,
    id: Column,
    /// The row that comes next.
    next: StringRecord,
    has_next: bool,
    has_begun: bool,
}

impl Sorted {
    pub(super) fn new(table: Table) -> Result<Self, ImportError> {
        let id = table.needed("tconst")?;
        Ok(Self { table, id, next: StringRecord::new(), has_next: false, has_begun: false })
    }

    /// Moves on to the next row; whether there is one. A row that comes too early is an error.
    pub(super) fn advance(&mut self, batch: &mut Batch) -> Result<bool, ImportError> {
        let before = self.id.of(&self.next).unwrap_or_default().to_owned();
        self.has_next = self.advance_anyhow(batch);
        self.has_begun = true;
        if self.has_next && self.id() < before.as_str() {
            let place = self.table.place();
            return Err(ImportError::Unsorted { place, id: self.id().to_owned(), before });
        }
        Ok(self.has_next)
    }

    /// Moves on to the next row, in whatever order; whether there is one.
    pub(super) fn advance_anyhow(&mut self, batch: &mut Batch) -> bool {
        loop {
            match self.table.next(&mut self.next) {
                Ok(there_is) => return there_is,
                Err(reason) => batch.tell(self.table.place(), reason),
            }
        }
    }

    /// The row at hand.
    pub(super) const fn row(&self) -> &StringRecord {
        &self.next
    }

    /// The title of the row at hand.
    pub(super) fn id(&self) -> &str {
        self.id.of(&self.next).unwrap_or_default()
    }

    /// Shows the rows of this title, and passes over those of titles before it.
    pub(super) fn each_of(
        &mut self,
        title: &str,
        batch: &mut Batch,
        mut heed: impl FnMut(&StringRecord),
    ) -> Result<(), ImportError> {
        if !self.has_begun {
            self.advance(batch)?;
        }
        while self.has_next && self.id() <= title {
            if self.id() == title {
                heed(&self.next);
            }
            self.advance(batch)?;
        }
        Ok(())
    }
}
