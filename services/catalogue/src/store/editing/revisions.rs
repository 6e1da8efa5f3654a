//! The revisions of films.

use std::collections::HashMap;

use kino_domain::{FilmId, UserId};
use kino_http::PageQuery;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    film::Film,
    film_content::FilmContent,
    revision::{Action, Actor, Carried, Revision},
    store::{IDS_AT_ONCE, entity::film_revision},
};

/// Keeps a film as it is, where the latest change was not by an administrator: before the first of theirs it was
/// imported, and between two of theirs a file may have changed it.
pub(crate) async fn keep_imported(
    tx: &impl ConnectionTrait,
    film: &Film,
    carried: &Carried,
) -> Result<(), DbErr> {
    let imported = Revision {
        version: film.version,
        at: film.updated_at,
        actor: None,
        action: Action::Imported,
        changed: Vec::new(),
        film: Some(FilmContent::of(film)),
        carried: carried.clone(),
    };
    let kept = OnConflict::columns([film_revision::Column::FilmId, film_revision::Column::Version])
        .do_nothing()
        .to_owned();
    film_revision::Entity::insert(row(film.id, &imported)?)
        .on_conflict(kept)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(crate) async fn add(tx: &impl ConnectionTrait, film: FilmId, revision: &Revision) -> Result<(), DbErr> {
    film_revision::Entity::insert(row(film, revision)?).exec_without_returning(tx).await?;
    Ok(())
}

/// A page of a film's revisions, the newest first, and how many there are.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    film: FilmId,
    page: PageQuery,
) -> Result<(Vec<Revision>, u64), DbErr> {
    let of_film = film_revision::Entity::find().filter(film_revision::Column::FilmId.eq(film.0));
    let total = of_film.clone().count(connection).await?;
    let rows = of_film
        .order_by_desc(film_revision::Column::Version)
        .offset(page.offset())
        .limit(page.limit())
        .all(connection)
        .await?;
    Ok((rows.into_iter().map(revision).collect::<Result<_, _>>()?, total))
}

pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    film: FilmId,
    version: i64,
) -> Result<Option<Revision>, DbErr> {
    let row = film_revision::Entity::find_by_id((film.0, version)).one(connection).await?;
    row.map(revision).transpose()
}

pub(crate) async fn latest(
    connection: &impl ConnectionTrait,
    film: FilmId,
) -> Result<Option<Revision>, DbErr> {
    let newest = film_revision::Entity::find()
        .filter(film_revision::Column::FilmId.eq(film.0))
        .order_by_desc(film_revision::Column::Version);
    newest.one(connection).await?.map(revision).transpose()
}

/// The last versions of films that are no more, and the hashes of the lines that they came from.
pub(in crate::store) async fn of_deleted(
    connection: &impl ConnectionTrait,
    films: &[Uuid],
) -> Result<HashMap<Uuid, (i64, Option<Vec<u8>>)>, DbErr> {
    let mut last = HashMap::new();
    for ids in films.chunks(IDS_AT_ONCE) {
        let rows: Vec<(Uuid, i64, Option<Vec<u8>>)> = film_revision::Entity::find()
            .select_only()
            .columns([
                film_revision::Column::FilmId,
                film_revision::Column::Version,
                film_revision::Column::ImportHash,
            ])
            .filter(film_revision::Column::FilmId.is_in(ids.iter().copied()))
            .order_by_asc(film_revision::Column::Version)
            .into_tuple()
            .all(connection)
            .await?;
        last.extend(rows.into_iter().map(|(film, version, hash)| (film, (version, hash))));
    }
    Ok(last)
}

/// Takes the names of accounts that are no more out of what they did.
pub(crate) async fn forget_names(tx: &impl ConnectionTrait, actors: &[UserId]) -> Result<(), DbErr> {
    for actors in actors.chunks(IDS_AT_ONCE) {
        film_revision::Entity::update_many()
            .col_expr(film_revision::Column::ActorName, Expr::value(None::<String>))
            .filter(film_revision::Column::ActorId.is_in(actors.iter().map(|actor| actor.0)))
            .exec(tx)
            .await?;
    }
    Ok(())
}

fn row(film: FilmId, revision: &Revision) -> Result<film_revision::ActiveModel, DbErr> {
    let json = |error: serde_json::Error| DbErr::Json(error.to_string());
    let actor = revision.actor.as_ref();
    Ok(film_revision::ActiveModel {
        film_id: Set(film.0),
        version: Set(revision.version),
        at: Set(revision.at),
        actor_id: Set(actor.map(|actor| actor.id.0)),
        actor_name: Set(actor.and_then(|actor| actor.name.clone())),
        action: Set(revision.action.code().to_owned()),
        changed: Set(serde_json::to_string(&revision.changed).map_err(json)?),
        film: Set(revision.film.as_ref().map(serde_json::to_string).transpose().map_err(json)?),
        votes: Set(revision.carried.votes),
        import_hash: Set(revision.carried.import_hash.clone()),
    })
}

fn revision(row: film_revision::Model) -> Result<Revision, DbErr> {
    let json = |error: serde_json::Error| DbErr::Json(error.to_string());
    let action = Action::of_code(&row.action);
    Ok(Revision {
        version: row.version,
        at: row.at,
        actor: row.actor_id.map(|id| Actor { id: UserId(id), name: row.actor_name }),
        action: action.ok_or_else(|| DbErr::Type(format!("no such action: {}", row.action)))?,
        changed: serde_json::from_str(&row.changed).map_err(json)?,
        film: row.film.map(|film| serde_json::from_str(&film)).transpose().map_err(json)?,
        carried: Carried { votes: row.votes, import_hash: row.import_hash },
    })
}
