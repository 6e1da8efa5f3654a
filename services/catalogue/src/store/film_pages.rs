//! Reading every film, page by page, for an index that is built anew: by ranges of ids rather than lists of them, and
//! with what many films share kept from page to page.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::{
    IDS_AT_ONCE,
    entity::{film, film_country, film_genre, film_person, genre, person},
    films::film_of,
};
use crate::film::{Credit, Film, Genre, Person, PersonRole};

/// People who are remembered: those of a catalogue of a million films fit.
const PEOPLE_REMEMBERED: usize = 500_000;

/// Where the reading is.
#[derive(Debug, Default)]
pub(crate) struct FilmPages {
    after: Option<Uuid>,
    genres: Option<HashMap<Uuid, Genre>>,
    people: HashMap<Uuid, Person>,
}

impl FilmPages {
    /// The next films in the order of their ids; none at the end.
    pub(crate) async fn next(
        &mut self,
        connection: &impl ConnectionTrait,
        limit: u64,
    ) -> Result<Vec<Film>, DbErr> {
        let mut select = film::Entity::find().order_by_asc(film::Column::Id).limit(limit);
        if let Some(after) = self.after {
            select = select.filter(film::Column::Id.gt(after));
        }
        let rows = select.all(connection).await?;
        let (Some(first), Some(last)) = (rows.first().map(|row| row.id), rows.last().map(|row| row.id))
        else {
            return Ok(Vec::new());
        };
        let mut genres = self.genres_of(connection, first, last).await?;
        let mut people = self.people_of(connection, first, last).await?;
        let mut countries = countries_of(connection, first, last).await?;
        self.after = Some(last);
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

    async fn genres_of(
        &mut self,
        connection: &impl ConnectionTrait,
        first: Uuid,
        last: Uuid,
    ) -> Result<HashMap<Uuid, Vec<Genre>>, DbErr> {
        use film_genre::Column as C;
        let links: Vec<(Uuid, Uuid)> = film_genre::Entity::find()
            .select_only()
            .columns([C::FilmId, C::GenreId])
            .filter(Condition::all().add(C::FilmId.gte(first)).add(C::FilmId.lte(last)))
            .order_by_asc(C::FilmId)
            .order_by_asc(C::Position)
            .into_tuple()
            .all(connection)
            .await?;
        let is_known =
            |known: &HashMap<Uuid, Genre>| links.iter().all(|(_, genre)| known.contains_key(genre));
        if !self.genres.as_ref().is_some_and(is_known) {
            let rows = genre::Entity::find().all(connection).await?;
            self.genres = Some(rows.into_iter().map(|row| (row.id, Genre::from(row))).collect());
        }
        let mut of_films: HashMap<Uuid, Vec<Genre>> = HashMap::new();
        for (film, genre) in links {
            let genre = self.genres.as_ref().and_then(|known| known.get(&genre));
            of_films.entry(film).or_default().extend(genre.cloned());
        }
        Ok(of_films)
    }

    async fn people_of(
        &mut self,
        connection: &impl ConnectionTrait,
        first: Uuid,
        last: Uuid,
    ) -> Result<HashMap<Uuid, Vec<Credit>>, DbErr> {
        use film_person::Column as C;
        let links: Vec<(Uuid, Uuid, String)> = film_person::Entity::find()
            .select_only()
            .columns([C::FilmId, C::PersonId, C::Role])
            .filter(Condition::all().add(C::FilmId.gte(first)).add(C::FilmId.lte(last)))
            .order_by_asc(C::FilmId)
            .order_by_asc(C::Position)
            .into_tuple()
            .all(connection)
            .await?;
        let mut unknown: Vec<Uuid> =
            links.iter().map(|(_, person, _)| *person).filter(|id| !self.people.contains_key(id)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if self.people.len() + unknown.len() > PEOPLE_REMEMBERED {
            self.people.clear();
            unknown = links.iter().map(|(_, person, _)| *person).collect();
            unknown.sort_unstable();
            unknown.dedup();
        }
        for ids in unknown.chunks(IDS_AT_ONCE) {
            let rows = person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied()));
            let rows = rows.all(connection).await?;
            self.people.extend(rows.into_iter().map(|row| (row.id, Person::from(row))));
        }
        let mut of_films: HashMap<Uuid, Vec<Credit>> = HashMap::new();
        for (film, person, role) in links {
            let credit = self.people.get(&person).cloned().zip(PersonRole::of_code(&role));
            of_films.entry(film).or_default().extend(credit.map(|(person, role)| Credit { person, role }));
        }
        Ok(of_films)
    }
}

async fn countries_of(
    connection: &impl ConnectionTrait,
    first: Uuid,
    last: Uuid,
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    use film_country::Column as C;
    let rows: Vec<(Uuid, String)> = film_country::Entity::find()
        .select_only()
        .columns([C::FilmId, C::Country])
        .filter(Condition::all().add(C::FilmId.gte(first)).add(C::FilmId.lte(last)))
        .order_by_asc(C::FilmId)
        .order_by_asc(C::Position)
        .into_tuple()
        .all(connection)
        .await?;
    let mut of_films: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (film, country) in rows {
        of_films.entry(film).or_default().push(country);
    }
    Ok(of_films)
}
