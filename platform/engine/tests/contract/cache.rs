//! What every cache engine does.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kino_engine::{Cache, cache};

const LONG: Duration = Duration::from_mins(1);

macro_rules! on_every_cache {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::cache::open("memory:").await.unwrap()).await;
                }
            )+
        }
        mod redis {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(url) = kino_testkit::redis().await {
                        super::$name(super::cache::open(&url).await.unwrap()).await;
                    }
                }
            )+
        }
    };
}

on_every_cache!(
    values_come_back_until_removed,
    a_short_life_ends,
    of_many_claims_one_wins,
    a_value_is_taken_once,
    counters_count_every_call,
    a_counter_lives_from_its_first_count,
);

async fn values_come_back_until_removed(cache: Arc<dyn Cache>) {
    cache.ping().await.unwrap();
    assert_eq!(cache.get("film").await.unwrap(), None);
    cache.set("film", b"\x00solaris\xff", LONG).await.unwrap();
    assert_eq!(cache.get("film").await.unwrap().unwrap(), b"\x00solaris\xff");
    cache.set("film", b"stalker", LONG).await.unwrap();
    assert_eq!(cache.get("film").await.unwrap().unwrap(), b"stalker");
    cache.remove("film").await.unwrap();
    cache.remove("film").await.unwrap();
    assert_eq!(cache.get("film").await.unwrap(), None);
}

async fn a_short_life_ends(cache: Arc<dyn Cache>) {
    cache.set("brief", b"candle", Duration::from_millis(30)).await.unwrap();
    cache.set("long", b"sun", LONG).await.unwrap();
    until(async || cache.get("brief").await.unwrap().is_none()).await;
    assert_eq!(cache.get("long").await.unwrap().unwrap(), b"sun");
    assert!(cache.set_if_absent("brief", b"again", LONG).await.unwrap(), "an expired value is absent");
}

async fn of_many_claims_one_wins(cache: Arc<dyn Cache>) {
    let claims = (0..32u8).map(|n| {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move { cache.set_if_absent("claim", &[n], LONG).await.unwrap().then_some(n) })
    });
    let mut winners = Vec::new();
    for claim in claims {
        winners.extend(claim.await.unwrap());
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(cache.get("claim").await.unwrap().unwrap(), winners);
}

async fn a_value_is_taken_once(cache: Arc<dyn Cache>) {
    assert_eq!(cache.take("ticket").await.unwrap(), None);
    for round in 0..20u8 {
        cache.set("ticket", &[round, b'\xff'], LONG).await.unwrap();
        let takers = (0..16).map(|_| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { cache.take("ticket").await.unwrap() })
        });
        let mut taken = Vec::new();
        for taker in takers.collect::<Vec<_>>() {
            taken.extend(taker.await.unwrap());
        }
        assert_eq!(taken, [[round, b'\xff']]);
        assert_eq!(cache.get("ticket").await.unwrap(), None);
    }
    cache.set("brief", b"candle", Duration::from_millis(30)).await.unwrap();
    until(async || cache.get("brief").await.unwrap().is_none()).await;
    assert_eq!(cache.take("brief").await.unwrap(), None, "what has expired is not handed out");
}

async fn counters_count_every_call(cache: Arc<dyn Cache>) {
    let calls = (0..50).map(|_| {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move { cache.count("calls", LONG).await.unwrap() })
    });
    let mut sums = HashSet::new();
    for call in calls {
        sums.insert(call.await.unwrap());
    }
    assert_eq!(sums, (1..=50).collect(), "each call sees a sum of its own");
    let (count, left) = cache.counted("calls").await.unwrap().unwrap();
    assert_eq!(count, 50);
    assert!(left <= LONG && left > LONG / 2, "{left:?}");
    cache.remove("calls").await.unwrap();
    assert_eq!(cache.counted("calls").await.unwrap(), None);
}

async fn a_counter_lives_from_its_first_count(cache: Arc<dyn Cache>) {
    assert_eq!(cache.count("window", Duration::from_millis(400)).await.unwrap(), 1);
    cache.count("window", LONG).await.unwrap();
    let (_, left) = cache.counted("window").await.unwrap().unwrap();
    assert!(left <= Duration::from_millis(400), "counting on does not prolong it: {left:?}");
    until(async || cache.counted("window").await.unwrap().is_none()).await;
    assert_eq!(cache.count("window", LONG).await.unwrap(), 1, "a new window begins");
}

/// Waits, at most ten seconds, until something is so.
async fn until(mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it was never so");
}

#[tokio::test]
async fn a_wrong_url_says_what_to_do() {
    for (url, advice) in [
        ("memcached://x", "use \"memory:\" or \"redis://"),
        ("redis://:secret@127.0.0.1:1", "check that the Redis server runs"),
    ] {
        let error = cache::open(url).await.unwrap_err().to_string();
        assert!(error.contains(advice) && error.starts_with("cache = "), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
