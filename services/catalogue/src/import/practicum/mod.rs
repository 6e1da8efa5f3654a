//! The databases of the Practicum cinema: films in SQLite or in PostgreSQL's schema `content` (`content.rs`), and the
//! older SQLite that it was made from (`old.rs`).

mod content;
mod old;
mod tables;

use std::{
    fmt,
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::Path,
    str::FromStr as _,
};

use kino_domain::AccessLevel;
use sea_orm::{
    DatabaseConnection, DbErr, QueryResult, SqlxPostgresConnector, SqlxSqliteConnector,
    sqlx::{
        postgres::{PgConnectOptions, PgPoolOptions},
        sqlite::{SqliteConnectOptions, SqlitePoolOptions},
    },
};
use tempfile::NamedTempFile;
use tokio::runtime::Handle;
use url::Url;

use self::{content::Content, old::Old, tables::Tables};
use super::{
    ImportError,
    source::{Batch, Source},
    text_file::unpacked,
};

/// The first bytes of a SQLite file.
const SQLITE: &[u8] = b"SQLite format 3\0";
const SCHEMA: &str = "content";

/// A database of films.
pub(super) struct Practicum {
    connection: DatabaseConnection,
    form: Form,
    films: u64,
    read: u64,
    runtime: Handle,
    /// Where the file was packed. It goes when the import ends.
    _unpacked: Option<NamedTempFile>,
}

enum Form {
    Content(Content),
    Old(Old),
}

/// Whether what a file holds is a SQLite database.
pub(super) fn is_sqlite(start: &[u8]) -> bool {
    start.starts_with(SQLITE)
}

impl Practicum {
    /// Opens a SQLite file, packed or not.
    pub(super) async fn open_file(path: &Path) -> Result<Self, ImportError> {
        let failed = |error| ImportError::File(path.to_owned(), error);
        let given = path.to_owned();
        let unpacking = tokio::task::spawn_blocking(move || unpack(&given)).await;
        let unpacked = unpacking.map_err(io::Error::other).and_then(|unpacked| unpacked).map_err(failed)?;
        let options = SqliteConnectOptions::new()
            .filename(unpacked.as_ref().map_or(path, NamedTempFile::path))
            .read_only(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
        let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
        Self::over(connection, None, &path.display().to_string(), unpacked).await
    }

    /// Opens a PostgreSQL database. The schema is `content`, or what `?schema=` says.
    pub(super) async fn open_server(url: &str) -> Result<Self, ImportError> {
        let (url, schema) = without_schema(url)?;
        let shown = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
        let failed = |error: &dyn fmt::Display| ImportError::Server(shown.clone(), error.to_string());
        let options = PgConnectOptions::from_str(url.as_str()).map_err(|error| failed(&error))?;
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = pool.map_err(|error| failed(&error))?;
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Self::over(connection, Some(schema), &shown, None).await
    }

    async fn over(
        connection: DatabaseConnection,
        schema: Option<String>,
        shown: &str,
        unpacked: Option<NamedTempFile>,
    ) -> Result<Self, ImportError> {
        let failed = |error: DbErr| ImportError::Server(shown.to_owned(), error.to_string());
        let tables = Tables::of(&connection, schema).await.map_err(failed)?;
        let form = if Content::is_in(&tables) {
            Form::Content(Content::new(tables))
        } else if Old::is_in(&tables) {
            Form::Old(Old::open(&connection).await.map_err(failed)?)
        } else {
            return Err(ImportError::NoFilmTables(shown.to_owned()));
        };
        let films = match &form {
            Form::Content(content) => content.count(&connection).await,
            Form::Old(old) => old.count(&connection).await,
        };
        let films = films.map_err(failed)?;
        let runtime = Handle::current();
        Ok(Self { connection, form, films, read: 0, runtime, _unpacked: unpacked })
    }
}

impl Source for Practicum {
    fn size(&self) -> u64 {
        self.films
    }

    fn read(&self) -> u64 {
        self.read
    }

    fn batch(&mut self, access: AccessLevel) -> Result<Batch, ImportError> {
        let connection = &self.connection;
        let batch = match &mut self.form {
            Form::Content(content) => self.runtime.block_on(content.batch(connection, access)),
            Form::Old(old) => self.runtime.block_on(old.batch(connection, access)),
        };
        let batch = batch.map_err(ImportError::Source)?;
        self.read += (batch.films.len() + batch.bad.len()) as u64;
        Ok(batch)
    }
}

impl fmt::Debug for Practicum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Practicum({} of {})", self.read, self.films)
    }
}

/// Unpacks a packed file into a temporary one.
fn unpack(path: &Path) -> io::Result<Option<NamedTempFile>> {
    if is_sqlite(BufReader::new(File::open(path)?).fill_buf()?) {
        return Ok(None);
    }
    let mut file = NamedTempFile::new()?;
    io::copy(&mut unpacked(File::open(path)?)?, &mut file)?;
    Ok(Some(file))
}

fn without_schema(url: &str) -> Result<(Url, String), ImportError> {
    let mut url =
        Url::parse(url).map_err(|error| ImportError::Server("postgres".to_owned(), error.to_string()))?;
    let mut schema = SCHEMA.to_owned();
    let others: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .filter(|(name, value)| {
            if name == "schema" && !value.is_empty() {
                schema.clone_from(value);
            }
            name != "schema"
        })
        .collect();
    url.set_query(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
    Ok((url, schema))
}

/// A text of a row, by its position; an empty one is none.
fn text(row: &QueryResult, index: usize) -> Result<Option<String>, String> {
    let text: Option<String> = row.try_get_by_index(index).map_err(|error| error.to_string())?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_content_unless_the_address_says() {
        let (url, schema) = without_schema("postgres://u:p@h:5432/d?schema=films&sslmode=disable").unwrap();
        assert_eq!((url.as_str(), schema.as_str()), ("postgres://u:p@h:5432/d?sslmode=disable", "films"));
        let (url, schema) = without_schema("postgres://h/d?schema").unwrap();
        assert_eq!((url.as_str(), schema.as_str()), ("postgres://h/d", "content"));
    }
}
