//! Who made a title: `title.crew` and `title.principals`.

use csv::StringRecord;

use super::{
    super::{ImportError, raw::RawPerson, source::Batch, table::Column},
    Known, STEP,
    names::Names,
    numbers::number,
    sorted::Sorted,
};

/// Of each role, people of one title: a series has hundreds of writers.
const PEOPLE: usize = 20;

/// Reads one of the two files: both tell who did what for a title.
#[derive(Debug)]
pub(super) struct CreditsFile {
    rows: Sorted,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// A row a title, with lists of ids.
    Crew { directors: Column, writers: Column },
    /// A row a person.
    Principals { person: Column, category: Column },
}

/// The people of a title.
#[derive(Debug, Default)]
pub(super) struct Credits {
    pub(super) directors: Vec<RawPerson>,
    pub(super) writers: Vec<RawPerson>,
    pub(super) actors: Vec<RawPerson>,
}

impl CreditsFile {
    pub(super) fn crew(rows: Sorted) -> Result<Self, ImportError> {
        let (directors, writers) = (rows.table.needed("directors")?, rows.table.needed("writers")?);
        Ok(Self { rows, form: Form::Crew { directors, writers } })
    }

    pub(super) fn principals(rows: Sorted) -> Result<Self, ImportError> {
        let (person, category) = (rows.table.needed("nconst")?, rows.table.needed("category")?);
        Ok(Self { rows, form: Form::Principals { person, category } })
    }

    /// Notes whose names will be needed, in some rows; whether there are more. The order of the rows is checked on the
    /// way, before anything is imported.
    pub(super) fn step(&mut self, known: &mut Known) -> Result<bool, ImportError> {
        // What is wrong with rows is told when they are read again.
        let mut untold = Batch::default();
        for _ in 0..STEP {
            if !self.rows.advance(&mut untold)? {
                return Ok(false);
            }
            let is_wanted = number("tt", self.rows.id()).is_ok_and(|title| known.titles.contains(title));
            if is_wanted {
                self.form.each(self.rows.row(), |_, person| {
                    if let Ok(person) = number("nm", person) {
                        known.people.insert(person);
                    }
                });
            }
        }
        Ok(true)
    }

    /// Adds the people of this title. Titles must be asked for in their order.
    pub(super) fn add(
        &mut self,
        title: &str,
        names: &Names,
        credits: &mut Credits,
        batch: &mut Batch,
    ) -> Result<(), ImportError> {
        let form = self.form;
        self.rows.each_of(title, batch, |row| form.each(row, |role, id| credits.add(role, id, names)))
    }
}

#[derive(Clone, Copy)]
enum Role {
    Director,
    Writer,
    Actor,
}

impl Form {
    /// Shows the people of a row.
    fn each(self, row: &StringRecord, mut heed: impl FnMut(Role, &str)) {
        match self {
            Self::Crew { directors, writers } => {
                for (column, role) in [(directors, Role::Director), (writers, Role::Writer)] {
                    let ids = column.of(row).into_iter().flat_map(|ids| ids.split(','));
                    ids.take(PEOPLE).for_each(|id| heed(role, id.trim()));
                }
            }
            Self::Principals { person, category } => {
                let role = match category.of(row) {
                    Some("actor" | "actress") => Role::Actor,
                    Some("director") => Role::Director,
                    Some("writer") => Role::Writer,
                    _ => return,
                };
                heed(role, person.of(row).unwrap_or_default());
            }
        }
    }
}

impl Credits {
    fn add(&mut self, role: Role, id: &str, names: &Names) {
        let people = match role {
            Role::Director => &mut self.directors,
            Role::Writer => &mut self.writers,
            Role::Actor => &mut self.actors,
        };
        let Some(name) = number("nm", id).ok().and_then(|number| names.get(number)) else { return };
        let source_id = Some(format!("imdb:{id}"));
        // Principals repeat who is in the crew.
        if people.len() < PEOPLE && people.iter().all(|person| person.source_id != source_id) {
            people.push(RawPerson { source_id, ..RawPerson::named(name) });
        }
    }
}
