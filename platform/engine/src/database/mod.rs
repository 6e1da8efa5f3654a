//! Databases: one SQLite file per service, or one PostgreSQL schema per service, behind the same queries.

mod postgres;
mod sqlite;

use std::path::PathBuf;

pub use sea_orm::DbErr;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait;

use crate::OpenError;

/// A service's database.
///
/// Reads and writes have their own connections: SQLite admits one writer, so writes queue for a single connection
/// instead of failing with "database is locked", and readers never wait for them. On PostgreSQL both are one pool.
#[derive(Clone, Debug)]
pub struct Database {
    read: DatabaseConnection,
    write: DatabaseConnection,
    place: Place,
}

/// Where a database lives.
#[derive(Clone, Debug)]
enum Place {
    Sqlite { file: PathBuf },
    Postgres { pool: sqlx::PgPool },
}

/// How a database is used. It matters to SQLite alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    BetweenWrites,
    Mostly,
}

impl Database {
    /// Opens (and creates, where absent) the database of `service` at `url`: `sqlite:FOLDER` or `postgres://...`.
    pub async fn open(url: &str, service: &str) -> Result<Self, OpenError> {
        Self::open_with(url, service, Reading::BetweenWrites).await
    }

    /// Opens one that is read far more often than it is written.
    pub async fn open_mostly_read(url: &str, service: &str) -> Result<Self, OpenError> {
        Self::open_with(url, service, Reading::Mostly).await
    }

    async fn open_with(url: &str, service: &str, reading: Reading) -> Result<Self, OpenError> {
        if let Some(folder) = url.strip_prefix("sqlite:") {
            return sqlite::open(url, folder, service, reading).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return postgres::open(url, service).await;
        }
        Err(OpenError::new(
            "database",
            url,
            "no such kind of database",
            "use \"sqlite:FOLDER\" or \"postgres://USER:PASSWORD@HOST/DATABASE\"",
        ))
    }

    /// For queries.
    pub const fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Begins a transaction that may write. On SQLite it holds the write lock from its first moment, so that it
    /// waits its turn now rather than fails half-way.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.write
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await
    }

    /// Brings the schema up to date. Processes that start together take turns.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<(), DbErr> {
        match &self.place {
            Place::Sqlite { file } => {
                let _turn = sqlite::migration_turn(file).await?;
                M::up(&self.write, None).await
            }
            Place::Postgres { pool } => {
                let turn = postgres::migration_turn(pool).await?;
                let outcome = M::up(&self.write, None).await;
                postgres::end_migration_turn(turn).await?;
                outcome
            }
        }
    }

    /// Asks the engine for an answer.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.read.ping().await
    }

    /// Finishes what is under way and closes the connections.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.read.close_by_ref().await?;
        self.write.close_by_ref().await
    }

    /// "SQLite" or "PostgreSQL".
    pub const fn engine_name(&self) -> &'static str {
        match self.place {
            Place::Sqlite { .. } => "SQLite",
            Place::Postgres { .. } => "PostgreSQL",
        }
    }

    /// The pool, for what SeaORM does not cover on PostgreSQL (LISTEN/NOTIFY).
    pub(crate) const fn postgres_pool(&self) -> Option<&sqlx::PgPool> {
        match &self.place {
            Place::Postgres { pool } => Some(pool),
            Place::Sqlite { .. } => None,
        }
    }
}

/// Whether this error says that the engine cannot be reached now, rather than that the query is wrong.
pub fn is_unavailable(error: &DbErr) -> bool {
    let (DbErr::Conn(reason) | DbErr::Exec(reason) | DbErr::Query(reason)) = error else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    let sea_orm::RuntimeErr::SqlxError(error) = reason else { return false };
    match &**error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // PostgreSQL: connection exceptions, too many connections, shutting down; deadlock, serialization, lock not
        // available: the same request may succeed a moment later. SQLite: busy, locked.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08")
                || code.starts_with("57P")
                || matches!(&*code, "53300" | "40P01" | "40001" | "55P03" | "5" | "6")
        }),
        _ => false,
    }
}
