//! Writing films one at a time.

use chrono::{DateTime, Utc};
use kino_domain::FilmId;
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait as _, QuerySelect as _,
    sea_query::{LockType, OnConflict},
};

use crate::{
    film::Film,
    film_content::FilmContent,
    revision::Carried,
    store::{
        entity::film,
        film_rows::{self, Links},
        films::find_unscoped,
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
    let film = film_rows::with_carried(film_rows::film(id, content, version, now), carried);
    let taken = OnConflict::column(film::Column::Id).do_nothing().to_owned();
    if film::Entity::insert(film).on_conflict(taken).exec_without_returning(tx).await? == 0 {
        return Ok(false);
    }
    Links::of([(id, content)]).insert(tx).await?;
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
    film::Entity::update(film_rows::film(id, content, version, now)).exec(tx).await?;
    film_rows::unlink(tx, &[id.0]).await?;
    Links::of([(id, content)]).insert(tx).await
}

/// Deletes a film with all that belongs to it.
pub(crate) async fn delete(tx: &impl ConnectionTrait, id: FilmId) -> Result<(), DbErr> {
    film::Entity::delete_by_id(id.0).exec(tx).await?;
    Ok(())
}
