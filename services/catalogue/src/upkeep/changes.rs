//! What changed. Events name it; what it is now, the database says.

use std::collections::{BTreeSet, HashSet};

use kino_domain::{CatalogueEvent, FilmId, GenreId, PersonId};
use kino_engine::log::Record;
use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    search::{Batch, FilmCard},
    store::{films, persons},
};

/// Films or persons read and indexed in one go: a change may be of half the catalogue.
const AT_ONCE: usize = 1000;

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
}

/// The documents of changes as they are now, in pieces that fit into memory: films, then persons, then the films of genres.
/// Films bring their people along, whose documents tell how widely their films are known; renamed persons bring their films.
#[derive(Debug)]
pub(crate) struct Pieces {
    films: BTreeSet<FilmId>,
    persons: BTreeSet<PersonId>,
    genres: BTreeSet<GenreId>,
    /// The film of the first genre that was last.
    after: Option<FilmId>,
    afresh: bool,
}

impl Pieces {
    /// Of these changes.
    pub(crate) async fn of(changes: &Changes, connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let Changes { mut films, persons, genres, afresh, .. } = changes.clone();
        let renamed: Vec<PersonId> = persons.iter().copied().collect();
        films.extend(films::of_persons(connection, &renamed).await?);
        Ok(Self { films, persons, genres, after: None, afresh })
    }

    /// The next piece; none when there is no more.
    pub(crate) async fn next(&mut self, connection: &impl ConnectionTrait) -> Result<Option<Batch>, DbErr> {
        if !self.films.is_empty() {
            return self.next_films(connection).await.map(Some);
        }
        if !self.persons.is_empty() {
            return self.next_persons(connection).await.map(Some);
        }
        while let Some(genre) = self.genres.first().copied() {
            let ids = films::of_genre_after(connection, genre, self.after, AT_ONCE as u64).await?;
            self.after = ids.last().copied();
            if self.after.is_some() {
                let films = films::find_many_unscoped(connection, &ids).await?;
                let films = films.iter().map(FilmCard::from).collect();
                return Ok(Some(Batch { films, ..Batch::default() }));
            }
            self.genres.pop_first();
        }
        Ok(None)
    }

    async fn next_films(&mut self, connection: &impl ConnectionTrait) -> Result<Batch, DbErr> {
        let ids = first(&mut self.films);
        let films = films::find_many_unscoped(connection, &ids).await?;
        let there: HashSet<FilmId> = films.iter().map(|film| film.id).collect();
        let gone_films = ids.into_iter().filter(|id| self.afresh || !there.contains(id)).collect();
        self.persons.extend(films.iter().flat_map(|film| &film.people).map(|credit| credit.person.id));
        let films = films.iter().map(FilmCard::from).collect();
        Ok(Batch { films, gone_films, ..Batch::default() })
    }

    async fn next_persons(&mut self, connection: &impl ConnectionTrait) -> Result<Batch, DbErr> {
        let ids = first(&mut self.persons);
        let persons = persons::cards(connection, &ids).await?;
        let there: HashSet<PersonId> = persons.iter().map(|person| person.id).collect();
        let gone_persons = ids.into_iter().filter(|id| !there.contains(id)).collect();
        Ok(Batch { persons, gone_persons, ..Batch::default() })
    }
}

/// Takes the first ones out, as many as go at once.
fn first<T: Ord>(ids: &mut BTreeSet<T>) -> Vec<T> {
    std::iter::from_fn(|| ids.pop_first()).take(AT_ONCE).collect()
}

#[cfg(test)]
mod tests {
    use kino_domain::{AccessLevel, Clock, Entropy, Envelope};
    use kino_engine::Database;
    use kino_testkit::{TestDatabase, on_every_database};
    use tokio_util::sync::CancellationToken;
    use uuid::Uuid;

    use super::*;
    use crate::{generate::generate, import::Importer, store::card_pages::CardPages};

    on_every_database!(changes_of_many_films_come_in_pieces_and_each_document_once);

    async fn changes_of_many_films_come_in_pieces_and_each_document_once(database: TestDatabase) {
        let database = Database::open(database.url(), "catalogue").await.unwrap();
        let (clock, entropy) = (Clock::system(), Entropy::seeded(1));
        let importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await.unwrap();
        importer.untold().run(generate(3, 0..1100), &CancellationToken::new(), |_, _| ()).await.unwrap();
        let read = database.read();
        let there = CardPages::default().next(read, 5000).await.unwrap().into_iter().map(|card| card.id);
        let gone = FilmId(Uuid::from_u128(1));
        let changes = Changes { films: there.chain([gone]).collect(), ..Changes::default() };
        let (mut pieces, mut sizes, mut met) =
            (Pieces::of(&changes, read).await.unwrap(), Vec::new(), Vec::new());
        let mut gone_films = Vec::new();
        while let Some(batch) = pieces.next(read).await.unwrap() {
            sizes.push(batch.documents().count());
            gone_films.extend(batch.gone_films.iter().copied());
            met.extend(batch.documents());
        }
        assert!(sizes.len() > 2 && sizes.iter().all(|size| *size <= AT_ONCE), "{sizes:?}");
        let documents = 1101 + persons::count(read).await.unwrap();
        assert_eq!((met.len() as u64, gone_films), (documents, vec![gone]));
        assert_eq!(met.iter().collect::<HashSet<_>>().len(), met.len());

        // A renamed person brings films, a genre all of its own.
        let credits = films::find_many_unscoped(read, &[*changes.films.last().unwrap()]).await.unwrap();
        let (person, genre) = (credits[0].people[0].person.id, credits[0].genres[0].id);
        let changes = Changes { persons: [person].into(), genres: [genre].into(), ..Changes::default() };
        let mut pieces = Pieces::of(&changes, read).await.unwrap();
        let first = pieces.next(read).await.unwrap().unwrap();
        let of_person: HashSet<_> = films::of_persons(read, &[person]).await.unwrap().into_iter().collect();
        assert_eq!(first.films.len(), of_person.len());
        let second = pieces.next(read).await.unwrap().unwrap();
        assert!(second.films.is_empty() && second.persons.iter().any(|card| card.id == person));
        let of_genre = films::of_genre_after(read, genre, None, 5000).await.unwrap().len();
        let third = pieces.next(read).await.unwrap().unwrap();
        assert_eq!(third.films.len(), of_genre);
        assert!(pieces.next(read).await.unwrap().is_none());
        database.close().await.unwrap();
    }

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
