//! The rule of access is in every question: what the caller may not see is not found, not counted and not suggested.

use super::{
    super::engine::{PersonsWanted, WantedFacets},
    *,
};

const FREE: [AccessLevel; 1] = [AccessLevel::Free];

fn of_level(number: u128, access: AccessLevel) -> Film {
    Film {
        access,
        year: Some(1972),
        genres: vec![genre(1, "фантастика", "science fiction")],
        people: vec![director(1, "Андрей Тарковский", "Andrei Tarkovsky")],
        ..film(number, "Солярис", "Solaris")
    }
}

async fn three_films(engine: TestEngine) -> TestEngine {
    let films =
        [of_level(1, AccessLevel::Free), of_level(2, AccessLevel::Paid), of_level(3, AccessLevel::Archived)];
    let persons = [
        card(1, "Андрей Тарковский", "Andrei Tarkovsky", &AccessLevel::ALL),
        card(2, "Андрей Закрытый", "Andrei Closed", &[AccessLevel::Paid, AccessLevel::Archived]),
        card(3, "Андрей Новый", "Andrei New", &[]),
    ];
    engine.with(&films, &persons).await
}

async fn films_are_found_by_those_who_may_see_them(engine: TestEngine) {
    let engine = three_films(engine).await;
    let levels = |levels: &[AccessLevel], query: &str| Wanted { visible: levels.to_vec(), ..wanted(query) };
    for query in ["", "solaris", "солярс", "cjkzhbc", "тарковский", "science fiction", "1972"]
    {
        assert_eq!(numbers(&engine, levels(&FREE, query)).await, [1], "{query}");
        let two = [AccessLevel::Free, AccessLevel::Paid];
        assert_eq!(engine.search(levels(&two, query)).await.unwrap().total, 2, "{query}");
        assert_eq!(engine.search(levels(&AccessLevel::ALL, query)).await.unwrap().total, 3, "{query}");
        assert_eq!(engine.search(levels(&[], query)).await.unwrap().total, 0, "{query}");
    }
}

async fn facets_count_what_may_be_seen(engine: TestEngine) {
    let engine = three_films(engine).await;
    let facets = WantedFacets { genre: true, year: true, access: true };
    for query in ["", "solaris"] {
        let found =
            engine.search(Wanted { visible: FREE.to_vec(), facets, ..wanted(query) }).await.unwrap().facets;
        assert_eq!(found.genre, Some(vec![(genre_id(1), 1)]));
        assert_eq!(found.year, Some(vec![(1972, 1)]));
        assert_eq!(found.access, Some(vec![(AccessLevel::Free, 1)]));
    }
}

async fn no_film_is_suggested_or_similar_that_may_not_be_seen(engine: TestEngine) {
    let engine = three_films(engine).await;
    let films = suggested(&engine, "sola", &FREE).await;
    assert_eq!(films, [Suggested::Film(film_id(1))]);
    let similar = async |film: &Film| engine.similar(film, FREE.to_vec(), 10).await.unwrap();
    assert_eq!(similar(&of_level(2, AccessLevel::Paid)).await, [film_id(1)]);
    assert_eq!(similar(&of_level(1, AccessLevel::Free)).await, []);
}

async fn persons_are_told_of_who_made_what_may_be_seen(engine: TestEngine) {
    let engine = three_films(engine).await;
    let find = async |visible: &[AccessLevel]| {
        let wanted =
            PersonsWanted { query: "андрей".into(), visible: visible.to_vec(), offset: 0, limit: 10 };
        let (mut persons, total) = engine.find_persons(wanted).await.unwrap();
        assert_eq!(persons.len() as u64, total);
        persons.sort_unstable_by_key(|person| person.0);
        persons
    };
    assert_eq!(find(&FREE).await, [person_id(1), person_id(3)]);
    assert_eq!(find(&AccessLevel::ALL).await, [person_id(1), person_id(2), person_id(3)]);
    let persons = suggested(&engine, "andrei c", &FREE).await;
    assert!(!persons.contains(&Suggested::Person(person_id(2))), "{persons:?}");
    let persons = suggested(&engine, "andrei c", &AccessLevel::ALL).await;
    assert_eq!(persons.first(), Some(&Suggested::Person(person_id(2))));
}

on_every_engine!(
    films_are_found_by_those_who_may_see_them,
    facets_count_what_may_be_seen,
    no_film_is_suggested_or_similar_that_may_not_be_seen,
    persons_are_told_of_who_made_what_may_be_seen,
);
