//! Writing imported films: a batch at a time, everything in few statements.

mod genres;
mod persons;

use std::collections::{BTreeSet, HashMap, HashSet};

use kino_domain::{Clock, Entropy, FilmId, PersonId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{LockType, OnConflict},
};
use uuid::Uuid;

use super::{
    IDS_AT_ONCE,
    editing::revisions,
    entity::{film, film_country, film_genre, film_person},
    films::keywords_json,
};
use crate::{
    film::PersonRole,
    import::{ImportedFilm, ImportedPerson},
};

/// Rows in one statement: SQLite takes 32,766 parameters, the widest row has twenty-two.
const ROWS_AT_ONCE: usize = 1000;

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
    let mut rows = Vec::new();
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
        rows.push(row(&film, version, clock));
        write.push(film);
    }
    if write.is_empty() {
        return Ok(outcome);
    }
    known.persons.forget_some();
    genres::learn(tx, &write, &mut known.genres, clock, entropy).await?;
    let everyone: Vec<&ImportedPerson> = write.iter().flat_map(people).map(|(person, _)| person).collect();
    outcome.persons.extend(persons::learn(tx, &everyone, &mut known.persons, clock, entropy).await?);
    upsert_films(tx, rows).await?;
    outcome.persons.extend(relink(tx, &write, known, &present).await?);
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

fn row(film: &ImportedFilm, version: i64, clock: &Clock) -> film::ActiveModel {
    film::ActiveModel {
        id: Set(film.id.0),
        kind: Set(film.kind.code().to_owned()),
        title_ru: Set(film.title.ru.clone()),
        title_en: Set(film.title.en.clone()),
        original_title: Set(film.original_title.clone()),
        description_ru: Set(film.description.ru.clone()),
        description_en: Set(film.description.en.clone()),
        year: Set(film.year),
        access: Set(film.access.code().to_owned()),
        imdb_rating: Set(film.imdb_rating),
        votes: Set(film.votes),
        duration_minutes: Set(film.duration_minutes),
        seasons: Set(film.seasons),
        episodes: Set(film.episodes),
        age_rating: Set(film.age_rating.clone()),
        poster_url: Set(film.poster_url.clone()),
        video_url: Set(film.video_url.clone()),
        keywords: Set(keywords_json(&film.keywords)),
        version: Set(version),
        import_hash: Set(Some(film.hash.to_vec())),
        updated_at: Set(clock.now()),
    }
}

async fn upsert_films(tx: &impl ConnectionTrait, rows: Vec<film::ActiveModel>) -> Result<(), DbErr> {
    use film::Column as C;
    let replace = OnConflict::column(C::Id)
        .update_columns([
            C::Kind,
            C::TitleRu,
            C::TitleEn,
            C::OriginalTitle,
            C::DescriptionRu,
            C::DescriptionEn,
            C::Year,
            C::Access,
            C::ImdbRating,
            C::Votes,
            C::DurationMinutes,
            C::Seasons,
            C::Episodes,
            C::AgeRating,
            C::PosterUrl,
            C::VideoUrl,
            C::Keywords,
            C::Version,
            C::ImportHash,
            C::UpdatedAt,
        ])
        .to_owned();
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
    films: &[ImportedFilm],
    known: &Known,
    present: &HashMap<Uuid, (i64, Option<Vec<u8>>)>,
) -> Result<BTreeSet<PersonId>, DbErr> {
    let mut credited: HashSet<(Uuid, Uuid)> = HashSet::new();
    let stale: Vec<Uuid> = films.iter().map(|film| film.id.0).filter(|id| present.contains_key(id)).collect();
    for ids in stale.chunks(IDS_AT_ONCE) {
        let ids = || ids.iter().copied();
        let credits = film_person::Entity::find()
            .select_only()
            .columns([film_person::Column::FilmId, film_person::Column::PersonId])
            .filter(film_person::Column::FilmId.is_in(ids()));
        credited.extend(credits.into_tuple::<(Uuid, Uuid)>().all(tx).await?);
        film_genre::Entity::delete_many().filter(film_genre::Column::FilmId.is_in(ids())).exec(tx).await?;
        film_person::Entity::delete_many().filter(film_person::Column::FilmId.is_in(ids())).exec(tx).await?;
        film_country::Entity::delete_many()
            .filter(film_country::Column::FilmId.is_in(ids()))
            .exec(tx)
            .await?;
    }
    let (mut genre_rows, mut person_rows, mut country_rows) = (Vec::new(), Vec::new(), Vec::new());
    for film in films {
        let film_id = film.id.0;
        let ids = film.genres.iter().filter_map(|genre| known.genres.id_of(genre));
        for (position, genre_id) in (0..).zip(without_repeats(ids)) {
            genre_rows.push(film_genre::ActiveModel {
                film_id: Set(film_id),
                genre_id: Set(genre_id),
                position: Set(position),
            });
        }
        let credits = people(film).filter_map(|(person, role)| Some((known.persons.id_of(person)?, role)));
        for (position, (person_id, role)) in (0..).zip(without_repeats(credits)) {
            credited.remove(&(film_id, person_id));
            person_rows.push(film_person::ActiveModel {
                film_id: Set(film_id),
                person_id: Set(person_id),
                role: Set(role.code().to_owned()),
                position: Set(position),
            });
        }
        for (position, country) in (0..).zip(without_repeats(film.countries.iter())) {
            country_rows.push(film_country::ActiveModel {
                film_id: Set(film_id),
                country: Set(country.clone()),
                position: Set(position),
            });
        }
    }
    for rows in genre_rows.chunks(ROWS_AT_ONCE) {
        film_genre::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
    }
    for rows in person_rows.chunks(ROWS_AT_ONCE) {
        film_person::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
    }
    for rows in country_rows.chunks(ROWS_AT_ONCE) {
        film_country::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(credited.into_iter().map(|(_, person)| PersonId(person)).collect())
}

/// The people of a film in billing order.
fn people(film: &ImportedFilm) -> impl Iterator<Item = (&ImportedPerson, PersonRole)> {
    let directors = film.directors.iter().map(|person| (person, PersonRole::Director));
    let writers = film.writers.iter().map(|person| (person, PersonRole::Writer));
    let actors = film.actors.iter().map(|person| (person, PersonRole::Actor));
    directors.chain(writers).chain(actors)
}

fn without_repeats<T: Clone + Eq + std::hash::Hash>(
    items: impl Iterator<Item = T>,
) -> impl Iterator<Item = T> {
    let mut seen = HashSet::new();
    items.filter(move |item| seen.insert(item.clone()))
}
