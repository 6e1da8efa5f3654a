//! Reading every film whole, page by page: by ranges of ids rather than lists of them, and with what many films share kept
//! from page to page.

use foldhash::{HashMap, HashMapExt as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use uuid::Uuid;

use super::{
    entity::{film, film_country, film_genre, film_person, genre},
    films::film_of,
    remembered::Remembered,
};
use crate::film::{Credit, Film, Genre, Person, PersonRole};

/// Where the reading is.
#[derive(Debug, Default)]
pub(crate) struct FilmPages {
    /// The rows of the next page, which are read beside what belongs to the one before. None before the first.
    ahead: Option<Vec<film::Model>>,
    genres: HashMap<Uuid, Genre>,
    people: Remembered<Person>,
}

/// From the first to the last id of a page.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) first: Uuid,
    pub(super) last: Uuid,
}

impl Range {
    pub(super) fn of<E: EntityTrait>(self, column: E::Column) -> Select<E> {
        E::find().filter(column.gte(self.first)).filter(column.lte(self.last))
    }
}

impl FilmPages {
    /// The next films in the order of their ids; none at the end.
    pub(crate) async fn next(
        &mut self,
        connection: &impl ConnectionTrait,
        limit: u64,
    ) -> Result<Vec<Film>, DbErr> {
        let rows = match self.ahead.take() {
            Some(rows) => rows,
            None => films_behind(None, limit).all(connection).await?,
        };
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
        let range = Range { first: first.id, last: last.id };
        // Two at a time: the database is busy while rows are taken in here, and others may ask it too.
        let others = async {
            let ahead = films_behind(Some(range.last), limit).all(connection).await?;
            let genres = genres_of(connection, range, &mut self.genres).await?;
            Ok::<_, DbErr>((ahead, genres, countries_of(connection, range).await?))
        };
        let (mut people, (ahead, mut genres, mut countries)) =
            futures::try_join!(people_of(connection, range, &mut self.people), others)?;
        self.ahead = Some(ahead);
        Ok(rows
            .into_iter()
            .map(|row| {
                let id = row.id;
                film_of(
                    row,
                    genres.remove(&id).unwrap_or_default(),
                    people.remove(&id).unwrap_or_default(),
                    countries.remove(&id).unwrap_or_default(),
                )
            })
            .collect())
    }
}

/// The films behind an id, in the order of ids.
pub(super) fn films_behind(after: Option<Uuid>, limit: u64) -> Select<film::Entity> {
    let mut select = film::Entity::find().order_by_asc(film::Column::Id).limit(limit);
    if let Some(after) = after {
        select = select.filter(film::Column::Id.gt(after));
    }
    select
}

async fn genres_of(
    connection: &impl ConnectionTrait,
    range: Range,
    known: &mut HashMap<Uuid, Genre>,
) -> Result<HashMap<Uuid, Vec<Genre>>, DbErr> {
    use film_genre::Column as C;
    let select = range.of::<film_genre::Entity>(C::FilmId).select_only();
    let select = select.columns([C::FilmId, C::Position, C::GenreId]);
    let links: Vec<(Uuid, i32, Uuid)> = select.into_tuple().all(connection).await?;
    if !links.iter().all(|(.., genre)| known.contains_key(genre)) {
        let rows = genre::Entity::find().all(connection).await?;
        *known = rows.into_iter().map(|row| (row.id, Genre::from(row))).collect();
    }
    Ok(of_films(links, |genre| known.get(&genre).cloned()))
}

async fn people_of(
    connection: &impl ConnectionTrait,
    range: Range,
    known: &mut Remembered<Person>,
) -> Result<HashMap<Uuid, Vec<Credit>>, DbErr> {
    use film_person::Column as C;
    let select = range.of::<film_person::Entity>(C::FilmId).select_only();
    let select = select.columns([C::FilmId, C::Position, C::PersonId, C::Role]);
    let links: Vec<(Uuid, i32, Uuid, String)> = select.into_tuple().all(connection).await?;
    let links: Vec<_> = links
        .into_iter()
        .map(|(film, position, person, role)| (film, position, (person, PersonRole::of_code(&role))))
        .collect();
    known.learn(connection, links.iter().map(|(.., (person, _))| *person), |person| person).await?;
    Ok(of_films(links, |(person, role)| Some(Credit { person: known.get(&person)?, role: role? })))
}

async fn countries_of(
    connection: &impl ConnectionTrait,
    range: Range,
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    use film_country::Column as C;
    let select = range.of::<film_country::Entity>(C::FilmId).select_only();
    let select = select.columns([C::FilmId, C::Position, C::Country]);
    let links: Vec<(Uuid, i32, String)> = select.into_tuple().all(connection).await?;
    Ok(of_films(links, Some))
}

/// What rows of (film, position, link) lead to, by film, in the order of positions. Sorted here: the database would sort
/// whole rows.
fn of_films<L, T>(mut links: Vec<(Uuid, i32, L)>, follow: impl Fn(L) -> Option<T>) -> HashMap<Uuid, Vec<T>> {
    links.sort_unstable_by_key(|(film, position, _)| (*film, *position));
    let mut of_films: HashMap<Uuid, Vec<T>> = HashMap::new();
    for (film, _, link) in links {
        of_films.entry(film).or_default().extend(follow(link));
    }
    of_films
}
