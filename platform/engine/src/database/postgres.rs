//! PostgreSQL: one schema per service in one database.

use std::{str::FromStr as _, time::Duration};

use sea_orm::{DbErr, SqlxPostgresConnector};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};

use super::{Database, Place};
use crate::OpenError;

const CONNECTIONS: u32 = 10;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was in order so short a time ago is taken without being asked, which saves every query a round trip.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// The advisory lock that migrations of all services take turns on.
const MIGRATION_LOCK: i64 = 0x6b69_6e6f;

pub(super) async fn open(url: &str, service: &str) -> Result<Database, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        OpenError::new("database", url, error, "write it as \"postgres://USER:PASSWORD@HOST:5432/DATABASE\"")
    })?;
    let unreachable = |error: sqlx::Error| {
        OpenError::new(
            "database",
            url,
            error,
            "check that the PostgreSQL server runs there, that the database exists, and that user and password \
             are right",
        )
    };
    create_schema(&options, service).await.map_err(unreachable)?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.idle_for > TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(
            options.application_name(&format!("kino {service}")).options([("search_path", service)]),
        )
        .await
        .map_err(unreachable)?;
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    Ok(Database { read: connection.clone(), write: connection, place: Place::Postgres { pool } })
}

async fn create_schema(options: &PgConnectOptions, service: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    // Service names are the platform's own words. "IF NOT EXISTS" still races between processes: take turns.
    let statement = format!(
        "SELECT pg_advisory_lock({MIGRATION_LOCK}); \
         CREATE SCHEMA IF NOT EXISTS \"{service}\"; \
         SELECT pg_advisory_unlock({MIGRATION_LOCK})"
    );
    connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
    connection.close().await
}

/// Waits until no other process migrates this database.
pub(super) async fn migration_turn(pool: &sqlx::PgPool) -> Result<PoolConnection<Postgres>, DbErr> {
    let mut connection = pool.acquire().await.map_err(custom)?;
    lock(&mut connection, "pg_advisory_lock").await?;
    Ok(connection)
}

/// Lets the next process migrate.
pub(super) async fn end_migration_turn(mut turn: PoolConnection<Postgres>) -> Result<(), DbErr> {
    lock(&mut turn, "pg_advisory_unlock").await
}

async fn lock(connection: &mut PoolConnection<Postgres>, function: &str) -> Result<(), DbErr> {
    let statement = format!("SELECT {function}({MIGRATION_LOCK})");
    connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.map(|_| ()).map_err(custom)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn custom(error: sqlx::Error) -> DbErr {
    DbErr::Custom(error.to_string())
}
