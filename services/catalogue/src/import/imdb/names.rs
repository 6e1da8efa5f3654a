//! The names of people, of those who are needed: twenty bytes each beside the name.

use std::collections::HashMap;

use csv::StringRecord;

use super::{
    super::{
        ImportError,
        table::{Column, Table},
    },
    Known, STEP,
    numbers::number,
};

/// Names by number.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// All names, each with a line end behind it.
    text: String,
    starts: HashMap<u32, usize>,
}

impl Names {
    fn insert(&mut self, number: u32, name: &str) {
        self.starts.insert(number, self.text.len());
        self.text.push_str(name);
        self.text.push('\n');
    }

    pub(super) fn get(&self, number: u32) -> Option<&str> {
        self.text.get(*self.starts.get(&number)?..)?.split('\n').next()
    }
}

/// Reads `name.basics`.
#[derive(Debug)]
pub(super) struct NamesFile {
    table: Table,
    id: Column,
    name: Column,
}

impl NamesFile {
    pub(super) fn new(table: Table) -> Result<Self, ImportError> {
        Ok(Self { id: table.needed("nconst")?, name: table.needed("primaryName")?, table })
    }

    /// Reads some names; whether there are more.
    pub(super) fn step(&mut self, known: &mut Known, batch: &mut super::Batch) -> bool {
        let mut row = StringRecord::new();
        for _ in 0..STEP {
            match self.table.next(&mut row) {
                Ok(false) => return false,
                Ok(true) => {
                    let id = number("nm", self.id.of(&row).unwrap_or_default());
                    match (id, self.name.of(&row)) {
                        (Ok(id), Some(name)) if known.people.contains(id) => known.names.insert(id, name),
                        // Someone whom no film needs, or whose name is not known.
                        (Ok(_), _) => {}
                        (Err(reason), _) => batch.tell(self.table.place(), reason),
                    }
                }
                Err(reason) => batch.tell(self.table.place(), reason),
            }
        }
        true
    }
}
