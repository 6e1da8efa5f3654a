//! Writing genres.

use std::collections::HashSet;

use kino_domain::{GenreId, Localized};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _, SqlErr,
    sea_query::{LockType, OnConflict},
};
use uuid::Uuid;

use crate::{
    film::Genre,
    genre_names,
    store::entity::{film_genre, genre},
};

/// The genre, which nobody else changes, and no film takes up, until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: GenreId) -> Result<Option<Genre>, DbErr> {
    // SQLite has no such lock, and needs none: there one transaction writes at a time.
    Ok(genre::Entity::find_by_id(id.0).lock(LockType::Update).one(tx).await?.map(Genre::from))
}

/// Those of these ids that are of no genre. The others cannot be deleted until the transaction ends.
pub(crate) async fn absent(
    tx: &impl ConnectionTrait,
    mut ids: HashSet<GenreId>,
) -> Result<HashSet<GenreId>, DbErr> {
    let there: Vec<Uuid> = genre::Entity::find()
        .select_only()
        .column(genre::Column::Id)
        .filter(genre::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .lock(LockType::KeyShare)
        .into_tuple()
        .all(tx)
        .await?;
    for id in there {
        ids.remove(&GenreId(id));
    }
    Ok(ids)
}

/// Whether a genre, other than this one, goes by one of these names in either language.
pub(crate) async fn is_taken(
    tx: &impl ConnectionTrait,
    name: &Localized,
    except: Option<GenreId>,
) -> Result<bool, DbErr> {
    let wanted = genre_names::keys(name);
    // Genres are few.
    let others = genre::Entity::find().all(tx).await?;
    Ok(others.into_iter().filter(|row| except.is_none_or(|id| id.0 != row.id)).any(|row| {
        let key = row.key.clone();
        wanted.contains(&key)
            || genre_names::keys(&Genre::from(row).name).iter().any(|key| wanted.contains(key))
    }))
}

/// Adds a genre; false where one came by its name meanwhile.
pub(crate) async fn insert(tx: &impl ConnectionTrait, genre: &Genre) -> Result<bool, DbErr> {
    let taken = OnConflict::column(genre::Column::Key).do_nothing().to_owned();
    let inserted = genre::Entity::insert(row(genre)).on_conflict(taken).exec_without_returning(tx).await?;
    Ok(inserted > 0)
}

/// Renames a genre; false where one came by its name meanwhile.
pub(crate) async fn update(tx: &impl ConnectionTrait, genre: &Genre) -> Result<bool, DbErr> {
    match genre::Entity::update(row(genre)).exec(tx).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

/// How many films are of this genre.
pub(crate) async fn count_films(tx: &impl ConnectionTrait, id: GenreId) -> Result<u64, DbErr> {
    film_genre::Entity::find().filter(film_genre::Column::GenreId.eq(id.0)).count(tx).await
}

/// Deletes a genre that no film is of.
pub(crate) async fn delete(tx: &impl ConnectionTrait, id: GenreId) -> Result<(), DbErr> {
    genre::Entity::delete_by_id(id.0).exec(tx).await?;
    Ok(())
}

fn row(genre: &Genre) -> genre::ActiveModel {
    let key = genre_names::keys(&genre.name).into_iter().next().unwrap_or_default();
    genre::ActiveModel {
        id: Set(genre.id.0),
        key: Set(key),
        name_ru: Set(genre.name.ru.clone()),
        name_en: Set(genre.name.en.clone()),
    }
}
