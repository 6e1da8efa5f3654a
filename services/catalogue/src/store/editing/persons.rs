//! Writing persons.

use std::collections::HashSet;

use kino_domain::PersonId;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, SqlErr, TransactionTrait as _,
    sea_query::{Expr, LockType, OnConflict},
};
use uuid::Uuid;

use crate::{
    film::Person,
    store::{
        entity::{film_person, person},
        persons::{name_key, names_key},
    },
};

/// The person, whom nobody else changes, and no film takes up, until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: PersonId) -> Result<Option<Person>, DbErr> {
    // SQLite has no such lock, and needs none: there one transaction writes at a time.
    Ok(person::Entity::find_by_id(id.0).lock(LockType::Update).one(tx).await?.map(Person::from))
}

/// Those of these ids that are of no person. The others cannot be deleted until the transaction ends.
pub(crate) async fn absent(
    tx: &impl ConnectionTrait,
    mut ids: HashSet<PersonId>,
) -> Result<HashSet<PersonId>, DbErr> {
    // A film has at most 600: one statement takes them.
    let there: Vec<Uuid> = person::Entity::find()
        .select_only()
        .column(person::Column::Id)
        .filter(person::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .lock(LockType::KeyShare)
        .into_tuple()
        .all(tx)
        .await?;
    for id in there {
        ids.remove(&PersonId(id));
    }
    Ok(ids)
}

/// False where one of this id is there.
pub(crate) async fn insert(tx: &DatabaseTransaction, person: &Person) -> Result<bool, DbErr> {
    let taken = OnConflict::column(person::Column::Id).do_nothing().to_owned();
    if person::Entity::insert(row(person)).on_conflict(taken).exec_without_returning(tx).await? == 0 {
        return Ok(false);
    }
    claim_name(tx, person).await?;
    Ok(true)
}

/// Renames a person.
pub(crate) async fn update(tx: &DatabaseTransaction, person: &Person) -> Result<(), DbErr> {
    person::Entity::update(row(person)).exec(tx).await?;
    claim_name(tx, person).await
}

/// How many films this person had a part in.
pub(crate) async fn count_films(tx: &impl ConnectionTrait, id: PersonId) -> Result<u64, DbErr> {
    let films = film_person::Entity::find()
        .select_only()
        .column(film_person::Column::FilmId)
        .distinct()
        .filter(film_person::Column::PersonId.eq(id.0));
    films.count(tx).await
}

/// Deletes a person who had a part in no film.
pub(crate) async fn delete(tx: &impl ConnectionTrait, id: PersonId) -> Result<(), DbErr> {
    person::Entity::delete_by_id(id.0).exec(tx).await?;
    Ok(())
}

/// Makes this the person whom a bare name means, where it means nobody yet: two people may share a name.
async fn claim_name(tx: &DatabaseTransaction, person: &Person) -> Result<(), DbErr> {
    // What fails inside it leaves the transaction whole.
    let savepoint = tx.begin().await?;
    let claim = person::Entity::update_many()
        .col_expr(person::Column::NameKey, Expr::value(name_key(&person.full_name)))
        .filter(person::Column::Id.eq(person.id.0))
        .exec(&savepoint)
        .await;
    match claim {
        Ok(_) => savepoint.commit().await,
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            savepoint.rollback().await
        }
        Err(error) => Err(error),
    }
}

/// All but where the person was imported from.
fn row(person: &Person) -> person::ActiveModel {
    person::ActiveModel {
        id: Set(person.id.0),
        name_ru: Set(person.full_name.ru.clone()),
        name_en: Set(person.full_name.en.clone()),
        search_key: Set(names_key(&person.full_name)),
        name_key: Set(None),
        ..Default::default()
    }
}
