//! Reading genres.

use std::collections::HashMap;

use kino_domain::{GenreId, Localized};
use kino_http::PageQuery;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::{film_genre, genre};
use crate::film::Genre;

/// A page of genres in the order of their names, and how many there are.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    page: PageQuery,
) -> Result<(Vec<Genre>, u64), DbErr> {
    let total = genre::Entity::find().count(connection).await?;
    let rows = genre::Entity::find()
        .order_by_asc(genre::Column::Key)
        .offset(page.offset())
        .limit(page.limit())
        .all(connection)
        .await?;
    Ok((rows.into_iter().map(Genre::from).collect(), total))
}

pub(crate) async fn find(connection: &impl ConnectionTrait, id: GenreId) -> Result<Option<Genre>, DbErr> {
    Ok(genre::Entity::find_by_id(id.0).one(connection).await?.map(Genre::from))
}

/// All genres: they are few.
pub(crate) async fn all(connection: &impl ConnectionTrait) -> Result<HashMap<GenreId, Genre>, DbErr> {
    let rows = genre::Entity::find().all(connection).await?;
    Ok(rows.into_iter().map(|row| (GenreId(row.id), Genre::from(row))).collect())
}

/// The genres of films, in each film's order.
pub(super) async fn of_films(
    connection: &impl ConnectionTrait,
    films: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Genre>>, DbErr> {
    let links = film_genre::Entity::find()
        .filter(film_genre::Column::FilmId.is_in(films.iter().copied()))
        .order_by_asc(film_genre::Column::Position)
        .all(connection);
    // All of them cost less than a join.
    let (links, genres) = tokio::try_join!(links, all(connection))?;
    let mut of_films: HashMap<Uuid, Vec<Genre>> = HashMap::new();
    for link in links {
        if let Some(genre) = genres.get(&GenreId(link.genre_id)) {
            of_films.entry(link.film_id).or_default().push(genre.clone());
        }
    }
    Ok(of_films)
}

impl From<genre::Model> for Genre {
    fn from(row: genre::Model) -> Self {
        Self { id: GenreId(row.id), name: Localized { ru: row.name_ru, en: row.name_en } }
    }
}
