//! What the event log does, in SQLite and in PostgreSQL.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use kino_domain::{Clock, Entropy, Envelope};
use kino_engine::{
    EventLog,
    log::{Follower, Start},
};
use kino_testkit::{TestDatabase, on_every_database};
use uuid::Uuid;

on_every_database!(
    what_is_appended_is_read_in_order,
    an_event_is_kept_once,
    callers_at_once_lose_nothing_and_keep_their_own_order,
    a_follower_starts_at_a_time,
    readers_of_another_process_hear_of_events,
    a_group_goes_on_where_it_committed,
    one_member_of_a_group_reads_at_a_time,
    a_silent_member_is_replaced,
    old_events_are_forgotten_when_all_have_read_them,
    a_closed_log_keeps_what_it_took,
);

const TOPIC: &str = "kino.test.v1";
const PATIENCE: Duration = Duration::from_secs(5);
const AT_ONCE: Duration = Duration::ZERO;

fn start_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

async fn open(database: &TestDatabase, clock: &Clock) -> EventLog {
    EventLog::open("local:", database.url(), clock.clone(), Entropy::system()).await.unwrap()
}

fn event(key: Uuid, text: impl Into<String>) -> Envelope {
    let now = start_of_time();
    Envelope {
        id: Entropy::system().uuid_v7(now),
        topic: TOPIC.into(),
        key,
        occurred_at: now,
        payload: text.into(),
    }
}

async fn texts(follower: &mut Follower, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        let records = follower.next(1000, PATIENCE).await.unwrap();
        assert!(!records.is_empty(), "only {} of {count} came", texts.len());
        texts.extend(records.into_iter().map(|record| record.envelope.payload));
    }
    texts
}

async fn what_is_appended_is_read_in_order(database: TestDatabase) {
    let log = open(&database, &Clock::system()).await;
    let events: Vec<_> = (0..2500).map(|n| event(Uuid::nil(), n.to_string())).collect();
    log.append(events.clone()).await.unwrap();
    log.append(vec![Envelope { topic: "kino.other.v1".into(), ..event(Uuid::nil(), "elsewhere") }])
        .await
        .unwrap();

    let mut follower = log.follow(TOPIC, Start::Beginning).await.unwrap();
    let read = texts(&mut follower, 2500).await;
    assert_eq!(read, events.iter().map(|event| event.payload.clone()).collect::<Vec<_>>());
    assert!(follower.next(10, AT_ONCE).await.unwrap().is_empty());

    // What a record says of itself is what was appended, and its position is where to go on.
    let mut again = log.follow(TOPIC, Start::Beginning).await.unwrap();
    let first = again.next(1, PATIENCE).await.unwrap().remove(0);
    assert_eq!(first.envelope, events[0]);
    let mut rest = log.follow(TOPIC, Start::Position(first.next)).await.unwrap();
    assert_eq!(rest.next(1, PATIENCE).await.unwrap()[0].envelope, events[1]);
}

async fn an_event_is_kept_once(database: TestDatabase) {
    let log = open(&database, &Clock::system()).await;
    let (one, two) = (event(Uuid::nil(), "one"), event(Uuid::nil(), "two"));
    log.append(vec![one.clone()]).await.unwrap();
    log.append(vec![one, two]).await.unwrap();
    let mut follower = log.follow(TOPIC, Start::Beginning).await.unwrap();
    assert_eq!(texts(&mut follower, 2).await, ["one", "two"]);
    assert!(follower.next(10, AT_ONCE).await.unwrap().is_empty());
}

async fn callers_at_once_lose_nothing_and_keep_their_own_order(database: TestDatabase) {
    // Two logs on one database, as two processes have.
    let logs = [open(&database, &Clock::system()).await, open(&database, &Clock::system()).await];
    let mut follower = logs[0].follow(TOPIC, Start::Beginning).await.unwrap();
    let callers = (0..20u128).map(|caller| {
        let log = logs[(caller % 2) as usize].clone();
        tokio::spawn(async move {
            for n in 0..25 {
                log.append(vec![event(Uuid::from_u128(caller), n.to_string())]).await.unwrap();
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    // Read while they write: a position that becomes visible late would be jumped over.
    let mut seen: HashMap<Uuid, Vec<String>> = HashMap::new();
    for _ in 0..500 {
        for record in follower.next(1, PATIENCE).await.unwrap() {
            seen.entry(record.envelope.key).or_default().push(record.envelope.payload);
        }
    }
    for caller in callers {
        caller.await.unwrap();
    }
    let wanted: Vec<_> = (0..25).map(|n| n.to_string()).collect();
    assert_eq!(seen.len(), 20);
    assert!(seen.values().all(|texts| *texts == wanted));
}

async fn a_follower_starts_at_a_time(database: TestDatabase) {
    let clock = Clock::manual(start_of_time());
    let log = open(&database, &clock).await;
    for text in ["first", "second", "third"] {
        log.append(vec![event(Uuid::nil(), text)]).await.unwrap();
        clock.advance(TimeDelta::seconds(10));
    }
    let from = start_of_time() + TimeDelta::seconds(10);
    let mut follower = log.follow(TOPIC, Start::Time(from)).await.unwrap();
    assert_eq!(texts(&mut follower, 2).await, ["second", "third"]);
    // A time to come: only what is appended from now on.
    let mut later = log.follow(TOPIC, Start::Time(clock.now())).await.unwrap();
    assert!(later.next(10, AT_ONCE).await.unwrap().is_empty());
    log.append(vec![event(Uuid::nil(), "fourth")]).await.unwrap();
    assert_eq!(texts(&mut later, 1).await, ["fourth"]);
}

async fn readers_of_another_process_hear_of_events(database: TestDatabase) {
    let (here, there) = (open(&database, &Clock::system()).await, open(&database, &Clock::system()).await);
    let mut follower = there.follow(TOPIC, Start::Beginning).await.unwrap();
    let reading = tokio::spawn(async move { texts(&mut follower, 1).await });
    here.append(vec![event(Uuid::nil(), "hello")]).await.unwrap();
    assert_eq!(reading.await.unwrap(), ["hello"]);
}

async fn a_group_goes_on_where_it_committed(database: TestDatabase) {
    let log = open(&database, &Clock::system()).await;
    log.append((0..10).map(|n| event(Uuid::nil(), n.to_string())).collect()).await.unwrap();
    let mut member = log.join(TOPIC, "readers").await.unwrap();
    assert_eq!(member.next(4, PATIENCE).await.unwrap().len(), 4);
    member.commit().await.unwrap();
    assert_eq!(member.next(4, PATIENCE).await.unwrap().len(), 4, "these are not committed");
    member.leave().await.unwrap();

    let mut next = log.join(TOPIC, "readers").await.unwrap();
    let records = next.next(100, PATIENCE).await.unwrap();
    assert_eq!(records[0].envelope.payload, "4");
    assert_eq!(records.len(), 6);

    let mut others = log.join(TOPIC, "other readers").await.unwrap();
    assert_eq!(others.next(100, PATIENCE).await.unwrap().len(), 10, "groups do not share their place");
}

async fn one_member_of_a_group_reads_at_a_time(database: TestDatabase) {
    let log = open(&database, &Clock::system()).await;
    let mut first = log.join(TOPIC, "readers").await.unwrap();
    let mut second = log.join(TOPIC, "readers").await.unwrap();
    log.append(vec![event(Uuid::nil(), "one")]).await.unwrap();
    assert_eq!(first.next(10, PATIENCE).await.unwrap().len(), 1);
    assert!(second.next(10, AT_ONCE).await.unwrap().is_empty());
    first.commit().await.unwrap();
    first.leave().await.unwrap();
    log.append(vec![event(Uuid::nil(), "two")]).await.unwrap();
    assert_eq!(second.next(10, PATIENCE).await.unwrap()[0].envelope.payload, "two");
}

async fn a_silent_member_is_replaced(database: TestDatabase) {
    let clock = Clock::manual(start_of_time());
    let log = open(&database, &clock).await;
    let mut silent = log.join(TOPIC, "readers").await.unwrap();
    log.append(vec![event(Uuid::nil(), "one")]).await.unwrap();
    assert_eq!(silent.next(10, PATIENCE).await.unwrap().len(), 1);
    clock.advance(TimeDelta::seconds(11));
    let mut heir = log.join(TOPIC, "readers").await.unwrap();
    assert_eq!(heir.next(10, PATIENCE).await.unwrap().len(), 1, "what was not committed comes again");
    assert!(silent.commit().await.is_err(), "the replaced member may not move the group");
    heir.commit().await.unwrap();
}

async fn old_events_are_forgotten_when_all_have_read_them(database: TestDatabase) {
    let clock = Clock::manual(start_of_time());
    let log = open(&database, &clock).await;
    let mut member = log.join(TOPIC, "readers").await.unwrap();
    log.append(vec![event(Uuid::nil(), "old"), event(Uuid::nil(), "old too")]).await.unwrap();
    clock.advance(TimeDelta::days(1));
    log.append(vec![event(Uuid::nil(), "new")]).await.unwrap();
    assert_eq!(log.forget_before(clock.now()).await.unwrap(), 0, "the group has not read them");
    assert_eq!(member.next(1, PATIENCE).await.unwrap().len(), 1);
    member.commit().await.unwrap();
    assert_eq!(log.forget_before(clock.now()).await.unwrap(), 1);
    assert_eq!(log.oldest().await.unwrap(), 2);
    assert_eq!(member.next(10, PATIENCE).await.unwrap().len(), 2);
}

async fn a_closed_log_keeps_what_it_took(database: TestDatabase) {
    let log = open(&database, &Clock::system()).await;
    let callers: Vec<_> = (0..50)
        .map(|n| {
            let log = log.clone();
            tokio::spawn(async move { log.append(vec![event(Uuid::nil(), n.to_string())]).await.is_ok() })
        })
        .collect();
    log.close().await.unwrap();
    let mut acknowledged = 0;
    for caller in callers {
        acknowledged += usize::from(caller.await.unwrap());
    }
    let log = open(&database, &Clock::system()).await;
    let mut follower = log.follow(TOPIC, Start::Beginning).await.unwrap();
    let kept = follower.next(1000, AT_ONCE).await.unwrap().len();
    assert!(kept >= acknowledged, "{kept} of {acknowledged} acknowledged events are there");
}
