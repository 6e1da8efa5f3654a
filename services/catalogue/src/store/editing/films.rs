//! Writing films one at a time.

use chrono::{DateTime, Utc};
use kino_domain::FilmId;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{LockType, OnConflict},
};

use crate::{
    film::Film,
    film_content::FilmContent,
    revision::Carried,
    store::{
        entity::{film, film_country, film_genre, film_person},
        films::{find_unscoped, keywords_json},
    },
};

/// The film, which nobody else changes until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: FilmId) -> Result<Option<(Film, Carried)>, DbErr> {
    // SQLite has no such lock, and needs none: there one transaction writes at a time.
    let Some(row) = film::Entity::find_by_id(id.0).lock(LockType::Update).one(tx).await? else {
        return Ok(None);
    };
    let carried = Carried { votes: row.votes, import_hash: row.import_hash };
    Ok(find_unscoped(tx, id).await?.map(|film| (film, carried)))
}

/// Adds a film; false where there is one of this id.
pub(crate) async fn insert(
    tx: &impl ConnectionTrait,
    id: FilmId,
    content: &FilmContent,
    carried: &Carried,
    version: i64,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = film::ActiveModel {
        votes: Set(carried.votes),
        import_hash: Set(carried.import_hash.clone()),
        ..row(id, content, version, now)
    };
    let taken = OnConflict::column(film::Column::Id).do_nothing().to_owned();
    if film::Entity::insert(row).on_conflict(taken).exec_without_returning(tx).await? == 0 {
        return Ok(false);
    }
    link(tx, id, content).await?;
    Ok(true)
}

/// Replaces all of a film but what it carries.
pub(crate) async fn update(
    tx: &impl ConnectionTrait,
    id: FilmId,
    content: &FilmContent,
    version: i64,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    film::Entity::update(row(id, content, version, now)).exec(tx).await?;
    film_genre::Entity::delete_many().filter(film_genre::Column::FilmId.eq(id.0)).exec(tx).await?;
    film_person::Entity::delete_many().filter(film_person::Column::FilmId.eq(id.0)).exec(tx).await?;
    film_country::Entity::delete_many().filter(film_country::Column::FilmId.eq(id.0)).exec(tx).await?;
    link(tx, id, content).await
}

/// Deletes a film with all that belongs to it.
pub(crate) async fn delete(tx: &impl ConnectionTrait, id: FilmId) -> Result<(), DbErr> {
    film::Entity::delete_by_id(id.0).exec(tx).await?;
    Ok(())
}

fn row(id: FilmId, content: &FilmContent, version: i64, now: DateTime<Utc>) -> film::ActiveModel {
    film::ActiveModel {
        id: Set(id.0),
        kind: Set(content.kind.code().to_owned()),
        title_ru: Set(content.title.ru.clone()),
        title_en: Set(content.title.en.clone()),
        original_title: Set(content.original_title.clone()),
        description_ru: Set(content.description.ru.clone()),
        description_en: Set(content.description.en.clone()),
        year: Set(content.year),
        access: Set(content.access.code().to_owned()),
        imdb_rating: Set(content.imdb_rating),
        duration_minutes: Set(content.duration_minutes),
        seasons: Set(content.seasons),
        episodes: Set(content.episodes),
        age_rating: Set(content.age_rating.clone()),
        poster_url: Set(content.poster_url.clone()),
        video_url: Set(content.video_url.clone()),
        keywords: Set(keywords_json(&content.keywords)),
        version: Set(version),
        updated_at: Set(now),
        ..Default::default()
    }
}

/// Writes what belongs to a film. Lists have at most 200 entries: each fits into one statement.
async fn link(tx: &impl ConnectionTrait, id: FilmId, content: &FilmContent) -> Result<(), DbErr> {
    let genres = (0..).zip(&content.genres).map(|(position, genre)| film_genre::ActiveModel {
        film_id: Set(id.0),
        genre_id: Set(genre.0),
        position: Set(position),
    });
    let people = (0..).zip(content.credits()).map(|(position, (person, role))| film_person::ActiveModel {
        film_id: Set(id.0),
        person_id: Set(person.0),
        role: Set(role.code().to_owned()),
        position: Set(position),
    });
    let countries = (0..).zip(&content.countries).map(|(position, country)| film_country::ActiveModel {
        film_id: Set(id.0),
        country: Set(country.clone()),
        position: Set(position),
    });
    // Of nothing SeaORM makes a statement that inserts a row of defaults.
    if !content.genres.is_empty() {
        film_genre::Entity::insert_many(genres).exec_without_returning(tx).await?;
    }
    if content.credits().next().is_some() {
        film_person::Entity::insert_many(people).exec_without_returning(tx).await?;
    }
    if !content.countries.is_empty() {
        film_country::Entity::insert_many(countries).exec_without_returning(tx).await?;
    }
    Ok(())
}
