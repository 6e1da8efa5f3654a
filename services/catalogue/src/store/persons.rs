//! Reading persons.

use std::collections::{BTreeMap, HashMap};

use kino_domain::{AccessLevel, FilmId, Localized, PersonId, fold};
use kino_http::PageQuery;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, JoinType, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationDef, Select,
};
use uuid::Uuid;

use super::{
    IDS_AT_ONCE,
    entity::{film, film_person, person},
    films,
};
use crate::{
    film::{Credit, Person, PersonRole},
    search::PersonCard,
};

/// A film that a person made, as far as the caller may know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filmography {
    pub(crate) film_id: FilmId,
    pub(crate) title: Localized,
    pub(crate) original_title: Option<String>,
    pub(crate) roles: Vec<PersonRole>,
}

pub(crate) async fn find(connection: &impl ConnectionTrait, id: PersonId) -> Result<Option<Person>, DbErr> {
    Ok(person::Entity::find_by_id(id.0).one(connection).await?.map(Person::from))
}

/// A page of persons in the order of their names, and how many there are.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    page: PageQuery,
) -> Result<(Vec<Person>, u64), DbErr> {
    list(connection, person::Entity::find(), page).await
}

/// These persons, in the order of the ids; those that there are not are left out.
pub(crate) async fn find_many(
    connection: &impl ConnectionTrait,
    ids: &[PersonId],
) -> Result<Vec<Person>, DbErr> {
    let mut found = HashMap::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let ids = ids.iter().map(|id| id.0);
        let rows = person::Entity::find().filter(person::Column::Id.is_in(ids)).all(connection).await?;
        found.extend(rows.into_iter().map(|row| (PersonId(row.id), Person::from(row))));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

async fn list(
    connection: &impl ConnectionTrait,
    select: Select<person::Entity>,
    page: PageQuery,
) -> Result<(Vec<Person>, u64), DbErr> {
    let total = select.clone().count(connection).await?;
    if page.offset() >= total {
        return Ok((Vec::new(), total));
    }
    let rows = select
        .order_by_asc(person::Column::SearchKey)
        .order_by_asc(person::Column::Id)
        .offset(page.offset())
        .limit(page.limit())
        .all(connection)
        .await?;
    Ok((rows.into_iter().map(Person::from).collect(), total))
}

/// The films of persons that the caller may see, the best known first.
pub(crate) async fn filmographies(
    connection: &impl ConnectionTrait,
    persons: &[PersonId],
    visible: &[AccessLevel],
) -> Result<HashMap<PersonId, Vec<Filmography>>, DbErr> {
    let links = film_person::Entity::find()
        .filter(film_person::Column::PersonId.is_in(persons.iter().map(|person| person.0)))
        .all(connection)
        .await?;
    let mut roles: HashMap<(Uuid, Uuid), Vec<PersonRole>> = HashMap::new();
    for link in &links {
        let role = PersonRole::of_code(&link.role);
        roles.entry((link.film_id, link.person_id)).or_default().extend(role);
    }
    let mut ids: Vec<Uuid> = links.iter().map(|link| link.film_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut titles = Vec::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let rows = film::Entity::find()
            .filter(film::Column::Id.is_in(ids.iter().copied()))
            .filter(film::Column::Access.is_in(visible.iter().map(|level| level.code())))
            .all(connection)
            .await?;
        titles.extend(rows);
    }
    titles.sort_by(|a, b| b.votes.cmp(&a.votes).then(a.id.cmp(&b.id)));
    let mut of_persons: HashMap<PersonId, Vec<Filmography>> = HashMap::new();
    for row in titles {
        for person in persons {
            if let Some(roles) = roles.get(&(row.id, person.0)) {
                let mut roles = roles.clone();
                roles.sort_unstable();
                of_persons.entry(*person).or_default().push(Filmography {
                    film_id: FilmId(row.id),
                    title: Localized { ru: row.title_ru.clone(), en: row.title_en.clone() },
                    original_title: row.original_title.clone(),
                    roles,
                });
            }
        }
    }
    Ok(of_persons)
}

/// The credits of films, in each film's billing order.
pub(super) async fn of_films(
    connection: &impl ConnectionTrait,
    films: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Credit>>, DbErr> {
    let links = film_person::Entity::find()
        .filter(film_person::Column::FilmId.is_in(films.iter().copied()))
        .order_by_asc(film_person::Column::Position)
        .all(connection)
        .await?;
    let mut ids: Vec<Uuid> = links.iter().map(|link| link.person_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut persons: BTreeMap<Uuid, Person> = BTreeMap::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let rows =
            person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied())).all(connection);
        persons.extend(rows.await?.into_iter().map(|row| (row.id, Person::from(row))));
    }
    let mut of_films: HashMap<Uuid, Vec<Credit>> = HashMap::new();
    for link in links {
        let Some(person) = persons.get(&link.person_id).cloned() else { continue };
        of_films.entry(link.film_id).or_default().extend(films::credit(&link, person));
    }
    Ok(of_films)
}

pub(crate) async fn count(connection: &impl ConnectionTrait) -> Result<u64, DbErr> {
    person::Entity::find().count(connection).await
}

/// These persons as the index keeps them; those that there are not are left out.
pub(crate) async fn cards(
    connection: &impl ConnectionTrait,
    ids: &[PersonId],
) -> Result<Vec<PersonCard>, DbErr> {
    let mut cards = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS_AT_ONCE) {
        let ids = ids.iter().map(|id| id.0);
        let rows = person::Entity::find().filter(person::Column::Id.is_in(ids)).all(connection).await?;
        cards.extend(with_films(connection, rows).await?);
    }
    Ok(cards)
}

/// Adds how widely known the films of these persons are, and who may see them.
async fn with_films(
    connection: &impl ConnectionTrait,
    rows: Vec<person::Model>,
) -> Result<Vec<PersonCard>, DbErr> {
    let films: RelationDef = film_person::Entity::belongs_to(film::Entity)
        .from(film_person::Column::FilmId)
        .to(film::Column::Id)
        .into();
    let known: Vec<(Uuid, String, Option<i64>)> = film_person::Entity::find()
        .select_only()
        .column(film_person::Column::PersonId)
        .column(film::Column::Access)
        .column_as(film::Column::Votes.max(), "votes")
        .join(JoinType::InnerJoin, films)
        .filter(film_person::Column::PersonId.is_in(rows.iter().map(|row| row.id)))
        .group_by(film_person::Column::PersonId)
        .group_by(film::Column::Access)
        .into_tuple()
        .all(connection)
        .await?;
    let mut films: HashMap<Uuid, (i64, Vec<AccessLevel>)> = HashMap::new();
    for (person, access, votes) in known {
        let (most, levels) = films.entry(person).or_default();
        *most = Ord::max(votes.unwrap_or(0), *most);
        levels.push(films::level_of(&access));
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let (votes, mut levels) = films.remove(&row.id).unwrap_or_default();
            levels.sort_unstable();
            let Person { id, full_name } = row.into();
            PersonCard { id, full_name, votes, levels }
        })
        .collect())
}

/// The name by which a person is meant: the English one where there is one.
pub(super) fn name_key(name: &Localized) -> String {
    fold(name.en.as_deref().or(name.ru.as_deref()).unwrap_or_default())
}

/// Both names, for search.
pub(super) fn names_key(name: &Localized) -> String {
    search_key(&[name.en.as_deref().unwrap_or_default(), name.ru.as_deref().unwrap_or_default()])
}

/// Names as they are compared: folded, ё as е.
fn search_key(names: &[&str]) -> String {
    let joined = fold(&names.join(" ")).replace('ё', "е");
    joined.chars().filter(|c| !c.is_control()).collect()
}

impl From<person::Model> for Person {
    fn from(row: person::Model) -> Self {
        Self { id: PersonId(row.id), full_name: Localized { ru: row.name_ru, en: row.name_en } }
    }
}
