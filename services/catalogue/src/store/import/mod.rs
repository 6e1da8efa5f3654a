//! Writing imported films: a batch at a time, everything in few statements.

mod genres;
mod persons;

use std::collections::{BTreeSet, HashMap, HashSet};

use kino_domain::{Clock, Entropy, FilmId, PersonId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, Iterable as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{LockType, OnConflict},
};
use uuid::Uuid;

use super::{
    IDS_AT_ONCE, ROWS_AT_ONCE,
    editing::revisions,
    entity::{film, film_person},
    film_rows::{self, Links},
};
use crate::{
    film_content::FilmContent,
    import::{ImportedFilm, ImportedPerson},
    revision::Carried,
};

/// What earlier batches of this import found or made, so that it is not looked for again.
#[derive(Debug, Default)]
pub(crate) struct Known {
    genres: genres::KnownGenres,
    persons: persons::KnownPersons,
}

/// What a batch did.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) added: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    /// The films written, and their versions.
    pub(crate) written: Vec<(FilmId, i64)>,
    /// Persons whose name changed, or whom the credits of a film name no more.
    pub(crate) persons: BTreeSet<PersonId>,
}

/// Writes a batch. Of lines with the same id the last one counts.
pub(crate) async fn put(
    tx: &impl ConnectionTrait,
    films: Vec<ImportedFilm>,
    known: &mut Known,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<Outcome, DbErr> {
    let mut last: HashMap<Uuid, usize> = HashMap::new();
    for (position, film) in films.iter().enumerate() {
        last.insert(film.id.0, position);
    }
    let ids: Vec<Uuid> = last.keys().copied().collect();
    let present = present(tx, &ids).await?;
    // What an administrator deleted does not come back by the same line; by another it goes on from its last version.
    let absent: Vec<Uuid> = ids.into_iter().filter(|id| !present.contains_key(id)).collect();
    let deleted = revisions::of_deleted(tx, &absent).await?;
    let mut outcome = Outcome::default();
    let mut write = Vec::new();
    for (position, film) in films.into_iter().enumerate() {
        if last.get(&film.id.0) != Some(&position) {
            outcome.unchanged += 1;
            continue;
        }
        let before = present.get(&film.id.0);
        let known = before.or_else(|| deleted.get(&film.id.0));
        if known.is_some_and(|(_, hash)| hash.as_deref() == Some(&film.hash[..])) {
            outcome.unchanged += 1;
            continue;
        }
        *if before.is_some() { &mut outcome.changed } else { &mut outcome.added } += 1;
        let version = known.map_or(1, |(version, _)| version + 1);
        outcome.written.push((film.id, version));
        write.push(film);
    }
    if write.is_empty() {
        return Ok(outcome);
    }
    known.persons.forget_some();
    genres::learn(tx, &write, &mut known.genres, clock, entropy).await?;
    let everyone: Vec<&ImportedPerson> = write.iter().flat_map(ImportedFilm::people).collect();
    outcome.persons.extend(persons::learn(tx, &everyone, &mut known.persons, clock, entropy).await?);
    let now = clock.now();
    let mut rows = Vec::with_capacity(write.len());
    let mut contents = Vec::with_capacity(write.len());
    for (film, (id, version)) in write.into_iter().zip(&outcome.written) {
        let carried = Carried { votes: film.votes, import_hash: Some(film.hash.to_vec()) };
        let content =
            film.into_content(|genre| known.genres.id_of(genre), |person| known.persons.id_of(person));
        rows.push(film_rows::with_carried(film_rows::film(*id, &content, *version, now), &carried));
        contents.push((*id, content));
    }
    upsert_films(tx, rows).await?;
    outcome.persons.extend(relink(tx, &contents, &present).await?);
    Ok(outcome)
}

/// Versions and hashes of the films that are there.
async fn present(
    tx: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, (i64, Option<Vec<u8>>)>, DbErr> {
    let mut present = HashMap::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        // Locked, so that no administrator's change comes between this look and the writing; in order, so that two who
        // lock many do not wait for each other.
        let rows = film::Entity::find()
            .filter(film::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(film::Column::Id)
            .lock(LockType::Update)
            .all(tx)
            .await?;
        present.extend(rows.into_iter().map(|row| (row.id, (row.version, row.import_hash))));
    }
    Ok(present)
}

async fn upsert_films(tx: &impl ConnectionTrait, rows: Vec<film::ActiveModel>) -> Result<(), DbErr> {
    let all_but_id = film::Column::iter().filter(|column| !matches!(column, film::Column::Id));
    let replace = OnConflict::column(film::Column::Id).update_columns(all_but_id).to_owned();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        film::Entity::insert_many(rows.to_vec())
            .on_conflict(replace.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Replaces what belongs to these films; whom their credits name no more.
async fn relink(
    tx: &impl ConnectionTrait,
    films: &[(FilmId, FilmContent)],
    present: &HashMap<Uuid, (i64, Option<Vec<u8>>)>,
) -> Result<BTreeSet<PersonId>, DbErr> {
    let mut credited: HashSet<(Uuid, Uuid)> = HashSet::new();
    let stale: Vec<Uuid> = films.iter().map(|(id, _)| id.0).filter(|id| present.contains_key(id)).collect();
    for ids in stale.chunks(IDS_AT_ONCE) {
        let credits = film_person::Entity::find()
            .select_only()
            .columns([film_person::Column::FilmId, film_person::Column::PersonId])
            .filter(film_person::Column::FilmId.is_in(ids.iter().copied()));
        credited.extend(credits.into_tuple::<(Uuid, Uuid)>().all(tx).await?);
        film_rows::unlink(tx, ids).await?;
    }
    Links::of(films.iter().map(|(id, content)| (*id, content))).insert(tx).await?;
    for (film, content) in films {
        for (person, _) in content.credits() {
            credited.remove(&(film.0, person.0));
        }
    }
    Ok(credited.into_iter().map(|(_, person)| PersonId(person)).collect())
}
