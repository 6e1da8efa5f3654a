//! Every document of the catalogue as the database has it: films, then persons, whose films were read before.

use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    search::Batch,
    store::{card_pages::CardPages, person_pages::PersonPages},
};

/// Where the reading is.
#[derive(Debug, Default)]
pub(crate) struct Everything {
    films: CardPages,
    films_are_read: bool,
    persons: PersonPages,
}

impl Everything {
    /// The next so many films or persons; none when there are no more.
    pub(crate) async fn next(
        &mut self,
        connection: &impl ConnectionTrait,
        limit: u64,
    ) -> Result<Option<Batch>, DbErr> {
        if !self.films_are_read {
            let films = self.films.next(connection, limit).await?;
            if !films.is_empty() {
                for film in &films {
                    self.persons.heed(film);
                }
                return Ok(Some(Batch { films, ..Batch::default() }));
            }
            self.films_are_read = true;
        }
        let persons = self.persons.next(connection, limit).await?;
        Ok((!persons.is_empty()).then(|| Batch { persons, ..Batch::default() }))
    }
}
