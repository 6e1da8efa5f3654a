//! Putting documents in, taking them out, what is seen when, and what is known after a restart.

use super::{
    super::engine::{DocumentKind, Place, Rejected},
    *,
};

async fn what_is_put_is_seen_when_it_is_committed(engine: TestEngine) {
    let engine = engine.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    engine.put(Batch { films: cards(&[film(2, "Сталкер", "Stalker")]), ..Batch::default() }).await.unwrap();
    assert_eq!(numbers(&engine, wanted("stalker")).await, [0; 0]);
    engine.commit(place(2)).await.unwrap();
    assert_eq!(numbers(&engine, wanted("stalker")).await, [2]);
    assert_eq!(engine.stats().await.unwrap().films, 2);
}

/// A change would be taken for all that there is.
async fn nothing_is_put_where_nothing_was_built(engine: TestEngine) {
    let batch = Batch { films: cards(&[film(1, "Солярис", "Solaris")]), ..Batch::default() };
    assert!(matches!(engine.put(batch).await, Err(IndexError::Replaced)));
    assert!(matches!(engine.commit(place(5)).await, Err(IndexError::Replaced)));
    assert_eq!(engine.place().await.unwrap(), Place::Empty);
    assert!(matches!(engine.ready().await, Err(IndexError::Building)));
}

async fn a_film_put_again_takes_the_place_of_itself(engine: TestEngine) {
    let engine = engine.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    let renamed = Film { version: 2, ..film(1, "Зеркало", "Mirror") };
    for _ in 0..2 {
        engine.put(Batch { films: cards(std::slice::from_ref(&renamed)), ..Batch::default() }).await.unwrap();
        engine.commit(place(2)).await.unwrap();
    }
    assert_eq!(numbers(&engine, wanted("")).await, [1]);
    assert_eq!(numbers(&engine, wanted("solaris")).await, [0; 0]);
    assert_eq!(numbers(&engine, wanted("mirror")).await, [1]);
}

async fn what_is_gone_is_not_found_and_may_come_again(engine: TestEngine) {
    let solaris = Film { version: 7, ..film(1, "Солярис", "Solaris") };
    let person = card(1, "Андрей Тарковский", "Andrei Tarkovsky", &[]);
    let engine = engine.with(&[solaris, film(2, "Сталкер", "Stalker")], &[person]).await;
    let (gone_films, gone_persons) = (vec![film_id(1), film_id(99)], vec![person_id(1)]);
    engine.put(Batch { gone_films, gone_persons, ..Batch::default() }).await.unwrap();
    engine.commit(place(2)).await.unwrap();
    assert_eq!(numbers(&engine, wanted("")).await, [2]);
    let stats = engine.stats().await.unwrap();
    assert_eq!((stats.films, stats.persons), (1, 0));

    // Made anew under the same id, it begins with the first version.
    engine.put(Batch { films: cards(&[film(1, "Солярис", "Solaris")]), ..Batch::default() }).await.unwrap();
    engine.commit(place(3)).await.unwrap();
    assert_eq!(numbers(&engine, wanted("solaris")).await, [1]);
}

async fn what_is_taken_out_and_put_in_one_batch_is_as_it_was_put(engine: TestEngine) {
    let engine = engine.with(&[Film { version: 9, ..film(1, "Солярис", "Solaris") }], &[]).await;
    let gone_films = vec![film_id(1)];
    let films = cards(&[Film { version: 3, ..film(1, "Зеркало", "Mirror") }]);
    let version = super::super::version_of_film(&films[0]);
    engine.put(Batch { films, gone_films, ..Batch::default() }).await.unwrap();
    engine.commit(place(2)).await.unwrap();
    assert_eq!(numbers(&engine, wanted("mirror")).await, [1]);
    let bucket = super::super::engine::bucket_of(film_id(1).0);
    assert_eq!(engine.versions(DocumentKind::Film, bucket).await.unwrap(), [(film_id(1).0, version)]);
}

async fn the_place_outlives_the_process(engine: TestEngine) {
    assert_eq!(engine.place().await.unwrap(), Place::Empty);
    assert!(matches!(engine.ready().await, Err(IndexError::Building)));
    assert!(matches!(engine.search(wanted("")).await, Err(IndexError::Building)));
    assert!(!engine.stats().await.unwrap().is_built);

    let engine = engine.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    engine.commit(place(41)).await.unwrap();
    let engine = engine.reopen().await;
    assert_eq!(engine.place().await.unwrap(), Place::At(place(41)));
    assert_eq!(numbers(&engine, wanted("solaris")).await, [1]);
    engine.ready().await.unwrap();
    assert!(engine.check().await.unwrap());
    let stats = engine.stats().await.unwrap();
    assert!(stats.is_built && stats.films == 1 && stats.bytes > 0, "{stats:?}");
}

async fn the_place_of_another_log_takes_the_place_of_the_first(engine: TestEngine) {
    let engine = engine.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    engine.commit(place(100)).await.unwrap();
    let other = LogPlace { log: Uuid::from_u128(2), position: 5 };
    engine.commit(other).await.unwrap();
    assert_eq!(engine.place().await.unwrap(), Place::At(other));
}

/// What is out of every measure is taken as far as the engine can, or named; what is put with it goes in.
async fn a_document_that_is_not_taken_is_named_and_the_others_go_in(engine: TestEngine) {
    let engine = engine.with(&[], &[]).await;
    let odd = Film { countries: vec!["x".repeat(70_000)], ..film(1, "Солярис", "Solaris") };
    let long = "очень длинное слово ".repeat(5000) + &"ы".repeat(100_000);
    let description = Localized::both(long.clone(), "\u{0} \u{feff} 🎬 \u{202e} <script>");
    let strange = Film { description, keywords: vec![long; 3], ..film(2, "", "\u{1f3ac}") };
    let films = cards(&[odd, strange, film(3, "Сталкер", "Stalker")]);
    let rejected = engine.put(Batch { films: films.clone(), ..Batch::default() }).await.unwrap();
    engine.commit(place(2)).await.unwrap();
    each_is_there_or_named(&engine, &rejected).await;

    // In an index that is built anew, too.
    let (mut making, mut rejected) = (engine.rebuild().await.unwrap(), Vec::new());
    for film in films {
        rejected.extend(making.add(Batch { films: vec![film], ..Batch::default() }).await.unwrap());
    }
    rejected.extend(making.finish(place(3)).await.unwrap());
    each_is_there_or_named(&engine, &rejected).await;
}

async fn each_is_there_or_named(engine: &Engine, rejected: &[Rejected]) {
    let there = numbers(engine, wanted("")).await;
    assert!(there.contains(&3), "{there:?}");
    for number in [1, 2] {
        let named = rejected.iter().find(|one| one.kind == DocumentKind::Film && one.id == film_id(number).0);
        assert_eq!(named.is_none(), there.contains(&number), "{rejected:?}");
        assert!(named.is_none_or(|one| !one.reason.is_empty() && one.reason.len() < 2000), "{named:?}");
    }
    assert_eq!(numbers(engine, wanted("stalker")).await, [3]);
}

async fn nothing_is_put_and_nothing_is_wrong(engine: TestEngine) {
    let engine = engine.with(&[], &[]).await;
    assert_eq!(engine.put(Batch::default()).await.unwrap(), []);
    engine.commit(place(2)).await.unwrap();
    engine.commit(place(2)).await.unwrap();
    assert_eq!(engine.place().await.unwrap(), Place::At(place(2)));
    assert_eq!(engine.search(wanted("")).await.unwrap(), Found::default());
}

on_every_engine!(
    what_is_put_is_seen_when_it_is_committed,
    nothing_is_put_where_nothing_was_built,
    a_film_put_again_takes_the_place_of_itself,
    what_is_gone_is_not_found_and_may_come_again,
    what_is_taken_out_and_put_in_one_batch_is_as_it_was_put,
    the_place_outlives_the_process,
    the_place_of_another_log_takes_the_place_of_the_first,
    a_document_that_is_not_taken_is_named_and_the_others_go_in,
    nothing_is_put_and_nothing_is_wrong,
);
