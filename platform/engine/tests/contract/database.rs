//! What both databases do.

use kino_engine::{Database, outbox};
use kino_testkit::{TestDatabase, on_every_database};
use sea_orm_migration::prelude::*;

on_every_database!(
    migrating_at_once_from_many_processes_works,
    services_do_not_see_each_others_tables,
    writers_queue_instead_of_failing,
);

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Begin)]
    }
}

struct Begin;

impl MigrationName for Begin {
    fn name(&self) -> &'static str {
        "m0001_counters"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Begin {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(outbox::table()).await?;
        let connection = manager.get_connection();
        connection.execute_unprepared("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER)").await?;
        connection.execute_unprepared("INSERT INTO counters VALUES (1, 0)").await?;
        Ok(())
    }
}

async fn migrating_at_once_from_many_processes_works(database: TestDatabase) {
    // Each opening has connections of its own, as a process of its own would.
    let processes = (0..6).map(|_| {
        let url = database.url().to_owned();
        tokio::spawn(async move {
            let database = Database::open(&url, "auth").await.unwrap();
            database.migrate::<Migrator>().await.unwrap();
            database.close().await.unwrap();
        })
    });
    for process in processes.collect::<Vec<_>>() {
        process.await.unwrap();
    }
}

async fn services_do_not_see_each_others_tables(database: TestDatabase) {
    let auth = Database::open(database.url(), "auth").await.unwrap();
    auth.migrate::<Migrator>().await.unwrap();
    let catalogue = Database::open(database.url(), "catalogue").await.unwrap();
    catalogue.ping().await.unwrap();
    assert_eq!(outbox::waiting(&auth).await.unwrap(), 0);
    assert!(outbox::waiting(&catalogue).await.is_err());
}

async fn writers_queue_instead_of_failing(database: TestDatabase) {
    let first = Database::open(database.url(), "auth").await.unwrap();
    first.migrate::<Migrator>().await.unwrap();
    // As if the command line wrote beside a running server.
    let second = Database::open(database.url(), "auth").await.unwrap();
    let writers = (0..40).map(|n| {
        let database = if n % 2 == 0 { first.clone() } else { second.clone() };
        tokio::spawn(async move {
            let tx = database.begin().await.unwrap();
            tx.execute_unprepared("UPDATE counters SET n = n + 1 WHERE id = 1").await.unwrap();
            tx.commit().await.unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let row = first.read().query_one(Query::select().column("n").from("counters")).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 40);
}

#[tokio::test]
async fn a_wrong_url_says_what_to_do() {
    for (url, advice) in [
        ("mysql://x", "use \"sqlite:FOLDER\" or \"postgres://"),
        ("postgres://kino:secret@127.0.0.1:1/kino", "check that the PostgreSQL server runs there"),
        ("sqlite:/proc/nowhere", "name a folder that this user may write to"),
    ] {
        let error = Database::open(url, "auth").await.unwrap_err().to_string();
        assert!(error.contains(advice) && error.starts_with("database = "), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("auth.db"), "this is a shopping list, not a database".repeat(50))
        .unwrap();
    let url = format!("sqlite:{}", folder.path().display());
    let error = Database::open(&url, "auth").await.unwrap_err().to_string();
    assert!(error.contains("auth.db") && error.contains("put back a backup"), "{error}");
}
