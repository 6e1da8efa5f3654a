//! Reading films.

use std::{collections::HashMap, sync::Arc};

use kino_domain::{AccessLevel, FilmId, GenreId, Language, Localized, PersonId};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, Order as Direction,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    sea_query::{Expr, Func, NullOrdering, Query, SimpleExpr},
};
use uuid::Uuid;

use super::{
    IDS_AT_ONCE,
    entity::{film, film_country, film_genre, film_person},
    genres, persons,
};
use crate::{
    film::{Credit, Film, Genre, Kind, PersonRole},
    search::Order,
};

/// Which films of those that the caller may see.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FilmFilter {
    /// What the caller may see; nothing else is ever listed.
    pub(crate) visible: Vec<AccessLevel>,
    /// Any of these genres.
    pub(crate) genres: Vec<GenreId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) year_from: Option<i32>,
    pub(crate) year_to: Option<i32>,
    /// A country's code.
    pub(crate) country: Option<String>,
}

/// A page of films, as far as summaries show them, and how many there are in all. None of those that are behind the first
/// `deepest`: the database would go through all before them.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    filter: &FilmFilter,
    order: Order,
    (offset, limit): (u64, u64),
    deepest: u64,
) -> Result<(Vec<Film>, u64), DbErr> {
    let total = narrow(filter).count(connection).await?;
    if offset >= total.min(deepest) {
        return Ok((Vec::new(), total));
    }
    let rows = ordered(narrow(filter), order).offset(offset).limit(limit).all(connection).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    Ok((Belongings::of(connection, &ids, Parts::Summary).await?.join(rows), total))
}

/// One film, whoever asks: the caller must ask the rule of access.
pub(crate) async fn find_unscoped(
    connection: &impl ConnectionTrait,
    id: FilmId,
) -> Result<Option<Film>, DbErr> {
    Ok(find_many(connection, &[id], Parts::Whole).await?.pop())
}

/// These films, whoever asks, as far as summaries show them, in the order of the ids: the caller must ask the rule of access.
pub(crate) async fn find_listed_unscoped(
    connection: &impl ConnectionTrait,
    ids: &[FilmId],
) -> Result<Vec<Film>, DbErr> {
    find_many(connection, ids, Parts::Summary).await
}

/// These films, whoever asks, in the order of the ids: for the index.
pub(crate) async fn find_many_unscoped(
    connection: &impl ConnectionTrait,
    ids: &[FilmId],
) -> Result<Vec<Film>, DbErr> {
    find_many(connection, ids, Parts::Whole).await
}

async fn find_many(
    connection: &impl ConnectionTrait,
    ids: &[FilmId],
    parts: Parts,
) -> Result<Vec<Film>, DbErr> {
    let mut films = HashMap::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = film::Entity::find().filter(film::Column::Id.is_in(ids.iter().copied())).all(connection);
        let belongings = Box::pin(Belongings::of(connection, &ids, parts));
        let (rows, belongings) = match parts {
            // At once: one does not need the other, and each waits for pages of its own.
            Parts::Summary => tokio::try_join!(rows, belongings)?,
            // The version first: with what a later change brings it is refused (`If-Match`), while a later version with what
            // was there before would let one undo a change that one has not seen.
            Parts::Whole => (rows.await?, belongings.await?),
        };
        films.extend(belongings.join(rows).into_iter().map(|film| (film.id, film)));
    }
    Ok(ids.iter().filter_map(|id| films.remove(id)).collect())
}

/// The films of these persons.
pub(crate) async fn of_persons(
    connection: &impl ConnectionTrait,
    persons: &[PersonId],
) -> Result<Vec<FilmId>, DbErr> {
    let mut films = Vec::new();
    for persons in persons.chunks(IDS_AT_ONCE) {
        let of_persons = film_person::Entity::find()
            .select_only()
            .column(film_person::Column::FilmId)
            .filter(film_person::Column::PersonId.is_in(persons.iter().map(|person| person.0)));
        let ids: Vec<Uuid> = of_persons.into_tuple().all(connection).await?;
        films.extend(ids.into_iter().map(FilmId));
    }
    Ok(films)
}

/// The films of a genre behind an id, in the order of ids.
pub(crate) async fn of_genre_after(
    connection: &impl ConnectionTrait,
    genre: GenreId,
    after: Option<FilmId>,
    limit: u64,
) -> Result<Vec<FilmId>, DbErr> {
    let mut select = film_genre::Entity::find()
        .select_only()
        .column(film_genre::Column::FilmId)
        .filter(film_genre::Column::GenreId.eq(genre.0))
        .order_by_asc(film_genre::Column::FilmId)
        .limit(limit);
    if let Some(after) = after {
        select = select.filter(film_genre::Column::FilmId.gt(after.0));
    }
    let ids: Vec<Uuid> = select.into_tuple().all(connection).await?;
    Ok(ids.into_iter().map(FilmId).collect())
}

pub(crate) async fn count(connection: &impl ConnectionTrait) -> Result<u64, DbErr> {
    film::Entity::find().count(connection).await
}

fn narrow(filter: &FilmFilter) -> Select<film::Entity> {
    let levels = filter.visible.iter().map(|level| level.code());
    let mut condition = Condition::all().add(film::Column::Access.is_in(levels));
    if !filter.genres.is_empty() {
        let of_genres = Query::select()
            .column(film_genre::Column::FilmId)
            .from(film_genre::Entity)
            .and_where(film_genre::Column::GenreId.is_in(filter.genres.iter().map(|genre| genre.0)))
            .to_owned();
        condition = condition.add(film::Column::Id.in_subquery(of_genres));
    }
    if let Some(person) = filter.person {
        let of_person = Query::select()
            .column(film_person::Column::FilmId)
            .from(film_person::Entity)
            .and_where(film_person::Column::PersonId.eq(person.0))
            .to_owned();
        condition = condition.add(film::Column::Id.in_subquery(of_person));
    }
    if let Some(country) = &filter.country {
        let of_country = Query::select()
            .column(film_country::Column::FilmId)
            .from(film_country::Entity)
            .and_where(film_country::Column::Country.eq(country))
            .to_owned();
        condition = condition.add(film::Column::Id.in_subquery(of_country));
    }
    if let Some(year) = filter.year_from {
        condition = condition.add(film::Column::Year.gte(year));
    }
    if let Some(year) = filter.year_to {
        condition = condition.add(film::Column::Year.lte(year));
    }
    film::Entity::find().filter(condition)
}

/// Films without the value come last; equals come by their ids, as they do in the index, so that pages do not overlap.
fn ordered(select: Select<film::Entity>, order: Order) -> Select<film::Entity> {
    let by = |column: film::Column, direction: Direction| {
        let select = select.clone().order_by_with_nulls(column, direction, NullOrdering::Last);
        select.order_by_asc(film::Column::Id)
    };
    match order {
        Order::BestRated => by(film::Column::ImdbRating, Direction::Desc),
        Order::WorstRated => by(film::Column::ImdbRating, Direction::Asc),
        Order::Newest => by(film::Column::Year, Direction::Desc),
        Order::MostPopular | Order::Relevance => by(film::Column::Votes, Direction::Desc),
        Order::Title(language) => {
            let (first, second) = match language {
                Language::Ru => (film::Column::TitleRu, film::Column::TitleEn),
                Language::En => (film::Column::TitleEn, film::Column::TitleRu),
            };
            let title: [SimpleExpr; 3] =
                [Expr::col(first), Expr::col(second), Expr::col(film::Column::OriginalTitle)];
            select.order_by(Func::lower(Func::coalesce(title)), Direction::Asc).order_by_asc(film::Column::Id)
        }
    }
}

/// How much of a film is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parts {
    /// What summaries show: genres, but neither people nor countries, which cost more than all the rest.
    Summary,
    /// Everything.
    Whole,
}

/// What belongs to films, by their ids.
#[derive(Debug, Default)]
struct Belongings {
    genres: HashMap<Uuid, Vec<Genre>>,
    people: HashMap<Uuid, Vec<Credit>>,
    countries: HashMap<Uuid, Vec<String>>,
}

impl Belongings {
    /// Reads them for all films at once.
    async fn of(connection: &impl ConnectionTrait, films: &[Uuid], parts: Parts) -> Result<Self, DbErr> {
        if films.is_empty() {
            return Ok(Self::default());
        }
        let genres = genres::of_films(connection, films);
        if parts == Parts::Summary {
            return Ok(Self { genres: genres.await?, ..Self::default() });
        }
        let people = persons::of_films(connection, films);
        let (genres, people, countries) = tokio::try_join!(genres, people, countries_of(connection, films))?;
        Ok(Self { genres, people, countries })
    }

    fn join(mut self, rows: Vec<film::Model>) -> Vec<Film> {
        rows.into_iter()
            .map(|row| {
                let id = row.id;
                film_of(
                    row,
                    self.genres.remove(&id).unwrap_or_default(),
                    self.people.remove(&id).unwrap_or_default(),
                    self.countries.remove(&id).unwrap_or_default(),
                )
            })
            .collect()
    }
}

async fn countries_of(
    connection: &impl ConnectionTrait,
    films: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    let of_films = film_country::Entity::find()
        .filter(film_country::Column::FilmId.is_in(films.iter().copied()))
        .order_by_asc(film_country::Column::Position);
    let mut countries: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in of_films.all(connection).await? {
        countries.entry(row.film_id).or_default().push(row.country);
    }
    Ok(countries)
}

/// A film from its row and what belongs to it.
pub(super) fn film_of(
    row: film::Model,
    genres: Vec<Genre>,
    people: Vec<Credit>,
    countries: Vec<String>,
) -> Film {
    Film {
        genres,
        people,
        countries,
        id: FilmId(row.id),
        kind: Kind::of_code(&row.kind),
        title: Localized { ru: row.title_ru, en: row.title_en },
        original_title: row.original_title,
        description: Localized { ru: row.description_ru, en: row.description_en },
        year: row.year,
        access: level_of(&row.access),
        imdb_rating: row.imdb_rating,
        votes: row.votes,
        duration_minutes: row.duration_minutes,
        seasons: row.seasons,
        episodes: row.episodes,
        keywords: keywords_of(row.keywords),
        age_rating: row.age_rating,
        poster_url: row.poster_url,
        video_url: row.video_url,
        version: row.version,
        updated_at: row.updated_at,
    }
}

/// The level of a row. What cannot be read is closed, not open.
pub(super) fn level_of(code: &str) -> AccessLevel {
    code.parse().unwrap_or(AccessLevel::Archived)
}

/// The keywords of a row.
pub(super) fn keywords_of(json: Option<String>) -> Vec<String> {
    json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

/// A credit from its row and its person.
pub(super) fn credit(row: &film_person::Model, person: crate::film::Person) -> Option<Credit> {
    Some(Credit { person: Arc::new(person), role: PersonRole::of_code(&row.role)? })
}
