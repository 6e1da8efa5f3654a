//! What changed. Events name it; what it is now, the database says.

use std::collections::{BTreeSet, HashSet};

use kino_domain::{CatalogueEvent, FilmId, GenreId, PersonId};
use kino_engine::log::Record;
use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    search::{Batch, FilmCard},
    store::{films, persons},
};

/// Films of a genre that are indexed in one go.
const FILMS_AT_ONCE: u64 = 1000;

/// Films, persons and genres that changed, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) films: BTreeSet<FilmId>,
    pub(crate) persons: BTreeSet<PersonId>,
    pub(crate) genres: BTreeSet<GenreId>,
    /// Whether a rebuild was asked for.
    pub(crate) rebuild: bool,
    /// Whether to take out first what the index has of the films: it may wrongly hold a later version, which would stay.
    pub(crate) afresh: bool,
}

/// An event that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) record: Record,
    pub(crate) reason: String,
}

impl Changes {
    /// What these events speak of, and those that cannot be read.
    pub(crate) fn of(records: Vec<Record>) -> (Self, Vec<Unreadable>) {
        let (mut changes, mut unreadable) = (Self::default(), Vec::new());
        for record in records {
            match record.envelope.open::<CatalogueEvent>() {
                Ok(event) => changes.note(&event),
                Err(error) => unreadable.push(Unreadable { record, reason: error.to_string() }),
            }
        }
        (changes, unreadable)
    }

    fn note(&mut self, event: &CatalogueEvent) {
        match event {
            CatalogueEvent::FilmChanged { film_id, .. } | CatalogueEvent::FilmDeleted { film_id } => {
                self.films.insert(*film_id);
            }
            CatalogueEvent::PersonChanged { person_id } | CatalogueEvent::PersonDeleted { person_id } => {
                self.persons.insert(*person_id);
            }
            CatalogueEvent::GenreChanged { genre_id } => {
                self.genres.insert(*genre_id);
            }
            CatalogueEvent::IndexRebuildRequested { .. } => self.rebuild = true,
            CatalogueEvent::Unknown => {}
        }
    }

    /// The documents of these films and persons as they are now. Films bring their people along, whose documents tell how
    /// widely their films are known; renamed persons bring their films.
    pub(crate) async fn batch(&self, connection: &impl ConnectionTrait) -> Result<Batch, DbErr> {
        let mut film_ids = self.films.clone();
        let renamed: Vec<PersonId> = self.persons.iter().copied().collect();
        film_ids.extend(films::of_persons(connection, &renamed).await?);
        let film_ids: Vec<FilmId> = film_ids.into_iter().collect();
        let films = films::find_many_unscoped(connection, &film_ids).await?;
        let there: HashSet<FilmId> = films.iter().map(|film| film.id).collect();
        let gone_films = film_ids.into_iter().filter(|id| self.afresh || !there.contains(id)).collect();

        let mut person_ids: BTreeSet<PersonId> =
            films.iter().flat_map(|film| &film.people).map(|credit| credit.person.id).collect();
        person_ids.extend(&renamed);
        let person_ids: Vec<PersonId> = person_ids.into_iter().collect();
        let persons = persons::cards(connection, &person_ids).await?;
        let there: HashSet<PersonId> = persons.iter().map(|person| person.id).collect();
        let gone_persons = person_ids.into_iter().filter(|id| !there.contains(id)).collect();
        let films = films.iter().map(FilmCard::from).collect();
        Ok(Batch { films, persons, gone_films, gone_persons })
    }
}

/// The next films of a genre behind an id, as a batch; none when there are no more.
pub(crate) async fn batch_of_genre(
    connection: &impl ConnectionTrait,
    genre: GenreId,
    after: Option<FilmId>,
) -> Result<Option<(Batch, FilmId)>, DbErr> {
    let ids = films::of_genre_after(connection, genre, after, FILMS_AT_ONCE).await?;
    let Some(last) = ids.last().copied() else { return Ok(None) };
    let films = films::find_many_unscoped(connection, &ids).await?;
    let films = films.iter().map(FilmCard::from).collect();
    Ok(Some((Batch { films, ..Batch::default() }, last)))
}

#[cfg(test)]
mod tests {
    use kino_domain::{Clock, Entropy, Envelope};
    use uuid::Uuid;

    use super::*;

    fn record(event: &CatalogueEvent) -> Record {
        Record { next: 1, envelope: Envelope::now(event, &Clock::system(), &Entropy::seeded(1)) }
    }

    #[test]
    fn each_thing_once_and_what_cannot_be_read_apart() {
        let film_id = FilmId(Uuid::from_u128(1));
        let genre_id = GenreId(Uuid::from_u128(2));
        let mut damaged = record(&CatalogueEvent::FilmDeleted { film_id });
        damaged.envelope.payload = r#"{"kind":"film.changed","film_id":"no id"}"#.to_owned();
        let records = vec![
            record(&CatalogueEvent::FilmChanged { film_id, version: 1 }),
            record(&CatalogueEvent::FilmChanged { film_id, version: 2 }),
            damaged.clone(),
            record(&CatalogueEvent::GenreChanged { genre_id }),
            record(&CatalogueEvent::Unknown),
        ];
        let (changes, unreadable) = Changes::of(records);
        let expected = Changes { films: [film_id].into(), genres: [genre_id].into(), ..Changes::default() };
        assert_eq!(changes, expected);
        assert_eq!(unreadable.len(), 1);
        assert_eq!(unreadable[0].record, damaged);
    }
}
