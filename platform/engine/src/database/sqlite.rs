//! SQLite: one file per service, in WAL mode.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::{DbErr, SqlxSqliteConnector};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Database, Place, Reading};
use crate::{OpenError, private_folder};

/// How long a writer waits for another process (the command line beside a running server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
const READERS: u32 = 4;
/// Pages that the writer keeps, in KiB (negative, as SQLite wants it): rows with random ids touch pages all over their
/// indexes, for which SQLite's own 2 MB are little.
const WRITER_CACHE: &str = "-65536";
/// Readers look into the file's memory rather than copy pages out of it; what lies behind this, in bytes, is copied. Enough
/// for a large catalogue; more would count, for each reader, as memory of this process. Not where every read follows a
/// write: with each write seen, a reader maps the file anew.
const READ_MAPPED: &str = "536870912";
/// Rows on their way from the reader's thread: with fewer, the two wait for each other.
const ROWS_AHEAD: usize = 1024;

pub(super) async fn open(
    url: &str,
    folder: &str,
    service: &str,
    reading: Reading,
) -> Result<Database, OpenError> {
    let folder = PathBuf::from(folder.trim_start_matches("//"));
    let failed =
        |problem: &dyn std::fmt::Display, advice: &str| OpenError::new("database", url, problem, advice);
    private_folder::make(&folder).map_err(|error| {
        failed(
            &format!("the folder {} cannot be made: {error}", folder.display()),
            "name a folder that this user may write to (KINO_DATA_DIR)",
        )
    })?;
    let file = folder.join(format!("{service}.db"));
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit is on the disk when it returns: an acknowledged registration survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("temp_store", "memory");
    let explain = |error: sqlx::Error| {
        let advice = "check that the file is a SQLite database which this user may read and write; \
                      if it is damaged, put back a backup, or move it away to begin anew";
        failed(&format!("{}: {error}", file.display()), advice)
    };
    // The writer first: it creates the file and switches it to WAL. SQLite does not wait for that switch in another
    // process, so processes take turns.
    let turn =
        migration_turn(&file).await.map_err(|error| failed(&error, "check who may write to the folder"))?;
    let write = options.clone().pragma("cache_size", WRITER_CACHE);
    // A connection to a file does not break while it waits; to ask it each time is a way to its thread and back.
    let pool = |connections| SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false);
    let write = pool(1).connect_with(write).await.map_err(explain)?;
    drop(turn);
    let read = match reading {
        Reading::Mostly => options.pragma("mmap_size", READ_MAPPED),
        Reading::BetweenWrites => options,
    };
    let read = pool(READERS).connect_with(read).await.map_err(explain)?;
    Ok(Database {
        read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
        write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
        place: Place::Sqlite { file },
    })
}

/// Waits until no other process migrates this file. Dropping the answer ends the turn.
pub(super) async fn migration_turn(file: &Path) -> Result<File, DbErr> {
    let lock_file = file.with_extension("migrating");
    tokio::task::spawn_blocking(move || {
        let lock = File::options().create(true).append(true).open(&lock_file)?;
        lock.lock()?;
        Ok(lock)
    })
    .await
    .map_err(|error| DbErr::Custom(error.to_string()))?
    .map_err(|error: std::io::Error| DbErr::Custom(format!("cannot lock the database's folder: {error}")))
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection};

    /// Cargo reads the folder `.cargo` of where it is started.
    #[tokio::test]
    async fn sqlite_is_compiled_as_the_cargo_configuration_says() {
        let mut sqlite = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let options: Vec<String> =
            sqlx::query_scalar("PRAGMA compile_options").fetch_all(&mut sqlite).await.unwrap();
        let has = |option: &str| options.iter().any(|compiled| compiled == option);
        assert!(has("ENABLE_QPSG"), "{options:?}");
        assert!(!has("ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
    }
}
