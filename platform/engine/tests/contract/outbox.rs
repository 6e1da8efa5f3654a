//! A change and its event go together, and the event arrives once.

use std::time::Duration;

use kino_domain::{CatalogueEvent, Clock, DomainEvent, Entropy, FilmId};
use kino_engine::{
    Database, EventLog,
    log::Start,
    outbox::{self, Outbox},
};
use kino_testkit::{TestDatabase, on_every_database};
use sea_orm_migration::prelude::*;
use tokio_util::sync::CancellationToken;

on_every_database!(events_of_committed_transactions_arrive_in_order, a_relay_that_stops_carries_what_is_left);

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
        "m0001_outbox"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Begin {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(outbox::table()).await
    }
}

struct Bench {
    database: Database,
    log: EventLog,
    outbox: Outbox,
    film_id: FilmId,
}

impl Bench {
    async fn new(database: &TestDatabase) -> Self {
        let (clock, entropy) = (Clock::system(), Entropy::system());
        let log = EventLog::open("local:", database.url(), clock.clone(), entropy.clone()).await.unwrap();
        let film_id = FilmId::generate(&clock, &entropy);
        let database = Database::open(database.url(), "catalogue").await.unwrap();
        database.migrate::<Migrator>().await.unwrap();
        Self { database, log, outbox: Outbox::new(clock, entropy), film_id }
    }

    fn changed(&self, version: i64) -> CatalogueEvent {
        CatalogueEvent::FilmChanged { film_id: self.film_id, version }
    }

    async fn versions(&self, count: usize) -> Vec<i64> {
        let mut follower = self.log.follow(CatalogueEvent::TOPIC, Start::Beginning).await.unwrap();
        let mut versions = Vec::new();
        while versions.len() < count {
            let records = follower.next(1000, Duration::from_secs(5)).await.unwrap();
            assert!(!records.is_empty(), "only {versions:?} came");
            for record in records {
                if let CatalogueEvent::FilmChanged { version, .. } = record.envelope.open().unwrap() {
                    versions.push(version);
                }
            }
        }
        versions
    }
}

async fn events_of_committed_transactions_arrive_in_order(database: TestDatabase) {
    let bench = Bench::new(&database).await;
    let stop = CancellationToken::new();
    // Two relays, as two processes of one service have: events still arrive once.
    let relays: Vec<_> = (0..2)
        .map(|_| {
            let (outbox, stop) = (bench.outbox.clone(), stop.clone());
            let (database, log) = (bench.database.clone(), bench.log.clone());
            tokio::spawn(async move { outbox.relay(database, log, stop).await })
        })
        .collect();
    for version in 0..30 {
        let tx = bench.database.begin().await.unwrap();
        bench.outbox.put(&tx, &[bench.changed(version)]).await.unwrap();
        if version % 3 == 2 {
            tx.rollback().await.unwrap();
        } else {
            tx.commit().await.unwrap();
            bench.outbox.wake();
        }
    }
    let wanted: Vec<i64> = (0..30).filter(|version| version % 3 != 2).collect();
    assert_eq!(bench.versions(wanted.len()).await, wanted);
    stop.cancel();
    for relay in relays {
        relay.await.unwrap();
    }
    assert_eq!(outbox::waiting(&bench.database).await.unwrap(), 0);
    assert_eq!(bench.versions(wanted.len()).await, wanted, "and nothing came twice");
}

async fn a_relay_that_stops_carries_what_is_left(database: TestDatabase) {
    let bench = Bench::new(&database).await;
    let events: Vec<_> = (0..2500).map(|version| bench.changed(version)).collect();
    let tx = bench.database.begin().await.unwrap();
    bench.outbox.put(&tx, &events).await.unwrap();
    tx.commit().await.unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    bench.outbox.relay(bench.database.clone(), bench.log.clone(), stop).await;
    assert_eq!(bench.versions(2500).await, (0..2500).collect::<Vec<_>>());
}
