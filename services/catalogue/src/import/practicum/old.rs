//! The database that the Practicum cinema was made from: `movies` with IMDb's ids, "N/A" for what is not known, and
//! writers either in a column or as JSON.

use std::{collections::HashMap, sync::Arc};

use kino_domain::AccessLevel;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, QueryResult, Statement};
use serde::Deserialize;

use super::{
    super::{
        raw::{RawFilm, RawGenre, RawPerson},
        report::Place,
        source::{BATCH, Batch},
    },
    tables::Tables,
    text,
};

const FILMS: &str = "movies";
const PAGE: &str = "SELECT id, title, plot, genre, director, CAST(imdb_rating AS TEXT), writer, writers \
                    FROM movies WHERE id > ? ORDER BY id LIMIT ?";
const ACTORS: &str = "SELECT a.name FROM movie_actors m JOIN actors a ON a.id = m.actor_id \
                      WHERE m.movie_id = ? ORDER BY a.id";
const NOT_KNOWN: &str = "N/A";

/// Films in the order of their ids.
#[derive(Debug)]
pub(super) struct Old {
    /// There are few.
    writers: HashMap<String, String>,
    after: String,
    number: u64,
}

#[derive(Deserialize)]
struct Writer {
    id: String,
}

impl Old {
    pub(super) fn is_in(tables: &Tables) -> bool {
        tables.have(FILMS, &["id", "title", "plot", "genre", "director", "imdb_rating", "writer", "writers"])
            && tables.have("movie_actors", &["movie_id", "actor_id"])
            && tables.have("actors", &["id", "name"])
            && tables.have("writers", &["id", "name"])
    }

    pub(super) async fn open(connection: &DatabaseConnection) -> Result<Self, DbErr> {
        let all = statement(connection, "SELECT CAST(id AS TEXT), name FROM writers", vec![]);
        let rows = connection.query_all_raw(all).await?;
        let writers = rows.iter().filter_map(|row| Some((known(row, 0).ok()??, known(row, 1).ok()??)));
        Ok(Self { writers: writers.collect(), after: String::new(), number: 0 })
    }

    pub(super) async fn count(&self, connection: &DatabaseConnection) -> Result<u64, DbErr> {
        let count = statement(connection, "SELECT COUNT(*) FROM movies", vec![]);
        let row = connection.query_one_raw(count).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    pub(super) async fn batch(
        &mut self,
        connection: &DatabaseConnection,
        access: AccessLevel,
    ) -> Result<Batch, DbErr> {
        let wanted = vec![self.after.as_str().into(), (BATCH as u64).into()];
        let rows = connection.query_all_raw(statement(connection, PAGE, wanted)).await?;
        let mut batch = Batch { is_last: rows.len() < BATCH, ..Batch::default() };
        for row in rows {
            self.number += 1;
            let place = Place { file: Arc::from(FILMS), number: self.number };
            let id: String = row.try_get_by_index(0)?;
            let actors = connection
                .query_all_raw(statement(connection, ACTORS, vec![id.as_str().into()]))
                .await?
                .iter()
                .filter_map(|row| Some(RawPerson::named(known(row, 0).ok()??)))
                .collect();
            batch.take(place, self.film(&row, &id, actors), access);
            self.after = id;
        }
        Ok(batch)
    }

    fn film(&self, row: &QueryResult, id: &str, actors: Vec<RawPerson>) -> Result<RawFilm, String> {
        let rating = known(row, 5)?.map(|rating| rating.trim().parse()).transpose();
        let is_imdb = id.starts_with("tt");
        Ok(RawFilm {
            id: (!is_imdb).then(|| id.to_owned()),
            imdb_id: is_imdb.then(|| id.to_owned()),
            title: known(row, 1)?,
            description: known(row, 2)?,
            rating_imdb: rating.map_err(|_| "imdb_rating is no number".to_owned())?,
            genres: listed(known(row, 3)?.as_deref()).map(RawGenre::named).collect(),
            directors: listed(known(row, 4)?.as_deref()).map(RawPerson::named).collect(),
            writers: self.writers(row)?,
            actors,
            ..RawFilm::default()
        })
    }

    fn writers(&self, row: &QueryResult) -> Result<Vec<RawPerson>, String> {
        let ids = match text(row, 7)? {
            Some(json) => {
                let writers: Vec<Writer> = serde_json::from_str(&json)
                    .map_err(|error| format!("writers is not a JSON array of ids: {error}"))?;
                writers.into_iter().map(|writer| writer.id).collect()
            }
            None => Vec::from_iter(text(row, 6)?),
        };
        Ok(ids.iter().filter_map(|id| self.writers.get(id)).map(RawPerson::named).collect())
    }
}

/// A text of a row that says something.
fn known(row: &QueryResult, index: usize) -> Result<Option<String>, String> {
    Ok(text(row, index)?.filter(|text| text.trim() != NOT_KNOWN))
}

/// The names of a list, without what is said of them in brackets: "Olivia Mori(co-director)".
fn listed(list: Option<&str>) -> impl Iterator<Item = &str> {
    list.into_iter()
        .flat_map(|list| list.split(','))
        .map(|name| name.split('(').next().unwrap_or_default().trim())
        .filter(|name| !name.is_empty())
}

fn statement(connection: &DatabaseConnection, sql: &str, values: Vec<sea_orm::Value>) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}
