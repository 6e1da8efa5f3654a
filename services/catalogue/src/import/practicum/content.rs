//! Films as the Practicum cinema keeps them: `film_work`, `genre`, `person` and the tables between them. Ids are UUIDs,
//! and are kept.

use std::{collections::HashMap, sync::Arc};

use chrono::{Datelike as _, NaiveDate};
use kino_domain::AccessLevel;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, QueryResult, Value,
    sea_query::{Alias, Expr, ExprTrait as _, Func, Order, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    super::{
        raw::{RawFilm, RawGenre, RawPerson},
        report::Place,
        source::{BATCH, Batch},
    },
    tables::Tables,
    text,
};
use crate::film::Kind;

const FILMS: &str = "film_work";
/// What a film has that some databases have no column for.
const OPTIONAL: [&str; 5] = ["description", "creation_date", "certificate", "rating", "type"];
/// An age rating is short; a certificate may be a whole sentence.
const CERTIFICATE_LONGEST: usize = 10;

/// Films in the order of their ids.
#[derive(Debug)]
pub(super) struct Content {
    tables: Tables,
    /// The film that was read last.
    after: Option<String>,
    number: u64,
}

/// What belongs to the films of a batch, by the film's id.
#[derive(Default)]
struct Parts {
    genres: HashMap<String, Vec<RawGenre>>,
    /// With their roles.
    people: HashMap<String, Vec<(String, RawPerson)>>,
    /// How many of a film's links lead nowhere.
    dangling: HashMap<String, u64>,
}

impl Content {
    pub(super) fn is_in(tables: &Tables) -> bool {
        tables.have(FILMS, &["id", "title"])
    }

    pub(super) const fn new(tables: Tables) -> Self {
        Self { tables, after: None, number: 0 }
    }

    pub(super) async fn count(&self, connection: &DatabaseConnection) -> Result<u64, DbErr> {
        let count = Query::select()
            .expr(Expr::col(Alias::new("id")).count())
            .from(self.tables.table(FILMS))
            .to_owned();
        let row = connection.query_one(&count).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    pub(super) async fn batch(
        &mut self,
        connection: &DatabaseConnection,
        access: AccessLevel,
    ) -> Result<Batch, DbErr> {
        let rows = connection.query_all(&self.page(connection.get_database_backend())).await?;
        let mut batch = Batch { is_last: rows.len() < BATCH, ..Batch::default() };
        let ids: Vec<String> = rows.iter().filter_map(|row| text(row, 0).ok().flatten()).collect();
        if let Some(last) = ids.last() {
            self.after = Some(last.clone());
        } else {
            batch.is_last = true;
        }
        let mut parts = self.parts(connection, &ids).await?;
        for row in rows {
            self.number += 1;
            let place = Place { file: Arc::from(FILMS), number: self.number };
            if let Some(dangling) = text(&row, 0).ok().flatten().and_then(|id| parts.dangling.remove(&id)) {
                let reason = format!("{dangling} of its links lead to no genre or person; the rest goes in");
                batch.tell(place.clone(), reason);
            }
            batch.take(place, film(&row, &mut parts), access);
        }
        Ok(batch)
    }

    fn page(&self, engine: DbBackend) -> SelectStatement {
        let mut select = Query::select();
        select.expr(as_text("id")).expr(as_text("title"));
        for column in OPTIONAL {
            if self.tables.have(FILMS, &[column]) {
                select.expr(as_text(column));
            } else {
                select.expr(Expr::val(None::<String>));
            }
        }
        select.from(self.tables.table(FILMS)).order_by(Alias::new("id"), Order::Asc).limit(BATCH as u64);
        if let Some(after) = &self.after {
            select.and_where(Expr::col(Alias::new("id")).gt(id_value(engine, after)));
        }
        select
    }

    async fn parts(&self, connection: &DatabaseConnection, ids: &[String]) -> Result<Parts, DbErr> {
        let mut parts = Parts::default();
        if ids.is_empty() {
            return Ok(parts);
        }
        let engine = connection.get_database_backend();
        if self.tables.have("genre_film_work", &["film_work_id", "genre_id"]) {
            let links = self.links(engine, ids, "genre_film_work", ("genre", "genre_id", "name"));
            for row in connection.query_all(&links).await? {
                let Some((film, id, name)) = parts.link(&row) else { continue };
                let genre = RawGenre { id: Some(id), ..RawGenre::named(name) };
                parts.genres.entry(film).or_default().push(genre);
            }
        }
        if self.tables.have("person_film_work", &["film_work_id", "person_id", "role"]) {
            let links = self.links(engine, ids, "person_film_work", ("person", "person_id", "full_name"));
            for row in connection.query_all(&links).await? {
                let role = text(&row, 3).ok().flatten().unwrap_or_default();
                let Some((film, id, name)) = parts.link(&row) else { continue };
                let person = RawPerson { id: Some(id), ..RawPerson::named(name) };
                parts.people.entry(film).or_default().push((role, person));
            }
        }
        Ok(parts)
    }

    /// The links of films: the film's id, the other's id and name, and the role. In the order in which they were made,
    /// where the table says.
    fn links(
        &self,
        engine: DbBackend,
        ids: &[String],
        link: &'static str,
        (other, key, name): (&'static str, &'static str, &'static str),
    ) -> SelectStatement {
        let of = |table: &str, column: &str| Expr::col((Alias::new(table), Alias::new(column)));
        let mut select = Query::select();
        select
            .expr(as_text_of(of(link, "film_work_id")))
            .expr(as_text_of(of(other, "id")))
            .expr(as_text_of(of(other, name)));
        if self.tables.have(link, &["role"]) {
            select.expr(as_text_of(of(link, "role")));
        }
        select
            .from(self.tables.table(link))
            .left_join(self.tables.table(other), of(other, "id").equals((Alias::new(link), Alias::new(key))))
            .and_where(of(link, "film_work_id").is_in(ids.iter().map(|id| id_value(engine, id))));
        let made = ["created_at", "created"].into_iter().find(|made| self.tables.have(link, &[made]));
        for column in made.into_iter().chain([key]) {
            select.order_by((Alias::new(link), Alias::new(column)), Order::Asc);
        }
        select
    }
}

impl Parts {
    /// The film, the id and the name of a link; one that leads nowhere is counted.
    fn link(&mut self, row: &QueryResult) -> Option<(String, String, String)> {
        let cell = |index| text(row, index).ok().flatten();
        let film = cell(0)?;
        if let (Some(id), Some(name)) = (cell(1), cell(2)) {
            return Some((film, id, name));
        }
        *self.dangling.entry(film).or_default() += 1;
        None
    }
}

fn film(row: &QueryResult, parts: &mut Parts) -> Result<RawFilm, String> {
    let id = text(row, 0)?.ok_or("the id is missing")?;
    let rating = text(row, 5)?.map(|rating| rating.parse()).transpose();
    let people = parts.people.remove(&id).unwrap_or_default();
    let doing = |wanted: &str| {
        let of_role = people.iter().filter(|(role, _)| role == wanted);
        of_role.map(|(_, person)| person.clone()).collect()
    };
    Ok(RawFilm {
        title: text(row, 1)?,
        description: text(row, 2)?,
        year: text(row, 3)?.map(|date| year(&date)).transpose()?,
        age_rating: text(row, 4)?.filter(|text| text.chars().count() <= CERTIFICATE_LONGEST),
        rating_imdb: rating.map_err(|_| "the rating is no number".to_owned())?,
        kind: Some(if text(row, 6)?.as_deref() == Some("tv_show") { Kind::Series } else { Kind::Movie }),
        genres: parts.genres.remove(&id).unwrap_or_default(),
        directors: doing("director"),
        writers: doing("writer"),
        actors: doing("actor"),
        id: Some(id),
        ..RawFilm::default()
    })
}

/// The year of a date, which may have a time behind it.
fn year(date: &str) -> Result<i32, String> {
    let day = date.trim().get(..10).unwrap_or(date);
    let parsed = NaiveDate::parse_from_str(day, "%Y-%m-%d");
    parsed.map(|date| date.year()).map_err(|_| format!("creation_date is {date:?}, which is no date"))
}

/// An id as the engine keeps it: PostgreSQL as a UUID, SQLite as a text.
fn id_value(engine: DbBackend, id: &str) -> Value {
    match Uuid::parse_str(id) {
        Ok(id) if engine == DbBackend::Postgres => id.into(),
        _ => id.into(),
    }
}

fn as_text(column: &'static str) -> Expr {
    as_text_of(Expr::col(Alias::new(column)))
}

/// Columns are read as texts, whatever their types.
fn as_text_of(expression: Expr) -> Expr {
    Func::cast_as(expression, Alias::new("TEXT")).into()
}
