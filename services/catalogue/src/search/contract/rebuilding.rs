//! A new index beside the one in use, which takes its place in a step that no search notices.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{super::engine::Place, *};

async fn a_new_index_takes_the_place_of_the_old_one(engine: TestEngine) {
    let engine = engine.with(&[film(1, "Солярис", "Solaris"), film(2, "Сталкер", "Stalker")], &[]).await;
    let mut making = engine.rebuild().await.unwrap();
    let films = cards(&[film(2, "Сталкер", "Stalker"), film(3, "Зеркало", "Mirror")]);
    let persons = vec![card(1, "Андрей Тарковский", "Andrei Tarkovsky", &[])];
    assert_eq!(making.add(Batch { films, persons, ..Batch::default() }).await.unwrap(), []);
    assert_eq!(numbers(&engine, wanted("mirror")).await, [0; 0], "the old one answers");

    // What changes meanwhile goes to both.
    let changed = Batch {
        films: cards(&[Film { version: 2, ..film(3, "Ностальгия", "Nostalghia") }]),
        persons: vec![card(1, "Арсений Тарковский", "Arseny Tarkovsky", &AccessLevel::ALL)],
        gone_films: vec![film_id(2)],
        ..Batch::default()
    };
    engine.put(changed.clone()).await.unwrap();
    engine.commit(place(2)).await.unwrap();
    assert_eq!(making.put(changed).await.unwrap(), []);
    assert_eq!(sorted(numbers(&engine, wanted("")).await), [1, 3]);

    making.finish(place(3)).await.unwrap();
    assert_eq!(numbers(&engine, wanted("")).await, [3], "the new one answers");
    assert_eq!(numbers(&engine, wanted("nostalghia")).await, [3]);
    assert_eq!(engine.stats().await.unwrap().persons, 1);
    let named = suggested(&engine, "arseny", &AccessLevel::ALL).await;
    assert_eq!(named, [Suggested::Person(person_id(1))], "persons too are as they were put last");

    let engine = engine.reopen().await;
    assert_eq!(engine.place().await.unwrap(), Place::At(place(3)));
    engine
        .put(Batch { films: cards(&[film(4, "Каток и скрипка", "Violin")]), ..Batch::default() })
        .await
        .unwrap();
    engine.commit(place(4)).await.unwrap();
    assert_eq!(sorted(numbers(&engine, wanted("")).await), [3, 4]);
}

async fn one_that_is_not_finished_changes_nothing(engine: TestEngine) {
    let engine = engine.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    let mut making = engine.rebuild().await.unwrap();
    making.add(Batch { films: cards(&[film(2, "Сталкер", "Stalker")]), ..Batch::default() }).await.unwrap();
    drop(making);
    assert_eq!(numbers(&engine, wanted("")).await, [1]);
    let engine = engine.reopen().await;
    assert_eq!(engine.place().await.unwrap(), Place::At(place(1)));
    assert_eq!(numbers(&engine, wanted("")).await, [1]);
}

async fn an_empty_engine_is_built_at_once(engine: TestEngine) {
    let mut making = engine.rebuild().await.unwrap();
    making.add(Batch { films: cards(&[film(1, "Солярис", "Solaris")]), ..Batch::default() }).await.unwrap();
    assert!(matches!(engine.search(wanted("")).await, Err(IndexError::Building)));
    making.finish(place(9)).await.unwrap();
    engine.ready().await.unwrap();
    assert_eq!(engine.place().await.unwrap(), Place::At(place(9)));
    assert_eq!(numbers(&engine, wanted("solaris")).await, [1]);
}

async fn no_search_fails_while_indexes_change_places(engine: TestEngine) {
    let films: Vec<Film> = (1..=200).map(|number| film(number, "Кино", "Cinema")).collect();
    let engine = engine.with(&films, &[]).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let searching: Vec<_> = (0..4)
        .map(|_| {
            let (engine, is_over) = (Engine::clone(&engine), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut count = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let found = engine.search(wanted("cinema")).await.unwrap();
                    assert_eq!((found.total, found.films.len()), (200, 50));
                    engine.ready().await.unwrap();
                    count += 1;
                }
                count
            })
        })
        .collect();
    for round in 2..=4 {
        let mut making = engine.rebuild().await.unwrap();
        for part in films.chunks(50) {
            making.add(Batch { films: cards(part), ..Batch::default() }).await.unwrap();
        }
        making.finish(place(round)).await.unwrap();
    }
    is_over.store(true, Ordering::Relaxed);
    for searcher in searching {
        assert!(searcher.await.unwrap() > 0);
    }
}

fn sorted(mut numbers: Vec<u128>) -> Vec<u128> {
    numbers.sort_unstable();
    numbers
}

on_every_engine!(
    a_new_index_takes_the_place_of_the_old_one,
    one_that_is_not_finished_changes_nothing,
    an_empty_engine_is_built_at_once,
    no_search_fails_while_indexes_change_places,
);
