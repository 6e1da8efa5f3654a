//! Filters, and the counts of facets.

use super::*;

const ALL_FACETS: WantedFacets = WantedFacets { genre: true, year: true, access: true };

/// Six films: comedies and dramas of three years, in two countries.
async fn six_films(engine: TestEngine) -> TestEngine {
    let (comedy, drama) = (genre(1, "комедия", "comedy"), genre(2, "драма", "drama"));
    let make = |number, genres: &[&Genre], year, country: &str, access| Film {
        genres: genres.iter().map(|genre| (*genre).clone()).collect(),
        year,
        countries: vec![country.to_owned()],
        access,
        people: vec![director(number % 2, "Имя", "Name")],
        ..film(number, "Кино", "Cinema")
    };
    let films = [
        make(1, &[&comedy], Some(1990), "RU", AccessLevel::Free),
        make(2, &[&comedy, &drama], Some(1990), "RU", AccessLevel::Free),
        make(3, &[&drama], Some(2000), "FR", AccessLevel::Paid),
        make(4, &[&drama], Some(2000), "FR", AccessLevel::Free),
        make(5, &[&drama], Some(2010), "Закавказье", AccessLevel::Paid),
        make(6, &[], None, "RU", AccessLevel::Archived),
    ];
    engine.with(&films, &[]).await
}

async fn found(engine: &Engine, wanted: Wanted) -> Vec<u128> {
    let total = engine.search(wanted.clone()).await.unwrap().total;
    let mut numbers = numbers(engine, wanted).await;
    numbers.sort_unstable();
    assert_eq!(numbers.len() as u64, total);
    numbers
}

async fn each_filter_narrows_and_together_they_narrow_more(engine: TestEngine) {
    let engine = six_films(engine).await;
    for query in ["", "cinema"] {
        let all = || wanted(query);
        let genres = |numbers: &[u128]| numbers.iter().map(|number| genre_id(*number)).collect::<Vec<_>>();
        assert_eq!(found(&engine, Wanted { genres: genres(&[1]), ..all() }).await, [1, 2]);
        assert_eq!(found(&engine, Wanted { genres: genres(&[1, 2]), ..all() }).await, [1, 2, 3, 4, 5]);
        assert_eq!(found(&engine, Wanted { genres: genres(&[9]), ..all() }).await, [0; 0]);
        assert_eq!(found(&engine, Wanted { person: Some(person_id(1)), ..all() }).await, [1, 3, 5]);
        assert_eq!(found(&engine, Wanted { country: Some("FR".into()), ..all() }).await, [3, 4]);
        assert_eq!(found(&engine, Wanted { country: Some("Закавказье".into()), ..all() }).await, [5]);
        assert_eq!(found(&engine, Wanted { year_from: Some(2000), ..all() }).await, [3, 4, 5]);
        assert_eq!(found(&engine, Wanted { year_to: Some(2000), ..all() }).await, [1, 2, 3, 4]);
        let between = Wanted { year_from: Some(1991), year_to: Some(2000), ..all() };
        assert_eq!(found(&engine, between).await, [3, 4]);
        let contradiction = Wanted { year_from: Some(2001), year_to: Some(2000), ..all() };
        assert_eq!(found(&engine, contradiction).await, [0; 0]);
        let extreme = Wanted { year_from: Some(i32::MIN), year_to: Some(i32::MAX), ..all() };
        assert_eq!(found(&engine, extreme).await, [1, 2, 3, 4, 5]);
        assert_eq!(found(&engine, Wanted { access: Some(AccessLevel::Paid), ..all() }).await, [3, 5]);
        let hidden = Wanted { access: Some(AccessLevel::Paid), visible: vec![AccessLevel::Free], ..all() };
        assert_eq!(found(&engine, hidden).await, [0; 0]);
        let together = Wanted {
            genres: genres(&[2]),
            country: Some("FR".into()),
            year_from: Some(2000),
            person: Some(person_id(0)),
            ..all()
        };
        assert_eq!(found(&engine, together).await, [4]);
    }
}

async fn facets_count_by_falling_count_and_are_not_narrowed_by_their_own_filter(engine: TestEngine) {
    let engine = six_films(engine).await;
    for query in ["", "cinema"] {
        let found = engine.search(Wanted { facets: ALL_FACETS, limit: 0, ..wanted(query) }).await.unwrap();
        assert_eq!((found.total, found.films.len()), (6, 0));
        assert_eq!(found.facets.genre, Some(vec![(genre_id(2), 4), (genre_id(1), 2)]));
        assert_eq!(found.facets.year, Some(vec![(1990, 2), (2000, 2), (2010, 1)]));
        let levels = vec![(AccessLevel::Free, 3), (AccessLevel::Paid, 2), (AccessLevel::Archived, 1)];
        assert_eq!(found.facets.access, Some(levels));

        let comedies = Wanted { genres: vec![genre_id(1)], facets: ALL_FACETS, ..wanted(query) };
        let found = engine.search(comedies).await.unwrap();
        assert_eq!(found.total, 2);
        assert_eq!(
            found.facets.genre,
            Some(vec![(genre_id(2), 4), (genre_id(1), 2)]),
            "not narrowed by itself"
        );
        assert_eq!(found.facets.year, Some(vec![(1990, 2)]), "narrowed by the others");
        assert_eq!(found.facets.access, Some(vec![(AccessLevel::Free, 2)]));

        let late = Wanted { year_from: Some(2000), facets: ALL_FACETS, ..wanted(query) };
        let found = engine.search(late).await.unwrap();
        assert_eq!(found.facets.genre, Some(vec![(genre_id(2), 3)]));
        assert_eq!(found.facets.year, Some(vec![(1990, 2), (2000, 2), (2010, 1)]));
        assert_eq!(found.facets.access, Some(vec![(AccessLevel::Paid, 2), (AccessLevel::Free, 1)]));

        let paid = Wanted { access: Some(AccessLevel::Paid), facets: ALL_FACETS, ..wanted(query) };
        let found = engine.search(paid).await.unwrap();
        assert_eq!(found.total, 2);
        assert_eq!(found.facets.genre, Some(vec![(genre_id(2), 2)]));
        let levels = vec![(AccessLevel::Free, 3), (AccessLevel::Paid, 2), (AccessLevel::Archived, 1)];
        assert_eq!(found.facets.access, Some(levels), "not narrowed by itself");
    }
}

async fn only_the_facets_that_are_wanted_are_told(engine: TestEngine) {
    let engine = six_films(engine).await;
    let only_year = WantedFacets { year: true, ..WantedFacets::default() };
    let found = engine.search(Wanted { facets: only_year, ..wanted("") }).await.unwrap().facets;
    assert!(found.genre.is_none() && found.year.is_some() && found.access.is_none());
    let nothing = engine.search(Wanted { facets: ALL_FACETS, ..wanted("qqqqzzzz") }).await.unwrap().facets;
    assert_eq!(nothing.genre.unwrap_or_default(), []);
}

async fn many_values_are_the_most_frequent_ones(engine: TestEngine) {
    let films: Vec<Film> = (1..=150)
        .map(|number| Film {
            year: Some(1900 + i32::try_from(number).unwrap()),
            ..film(number, "Кино", "Cinema")
        })
        .chain((151..=160).map(|number| Film { year: Some(2049), ..film(number, "Кино", "Cinema") }))
        .collect();
    let engine = engine.with(&films, &[]).await;
    let found = engine.search(Wanted { facets: ALL_FACETS, ..wanted("") }).await.unwrap();
    let years = found.facets.year.unwrap();
    assert_eq!(years.len(), 100);
    assert_eq!(years[..2], [(2049, 11), (1901, 1)]);
}

on_every_engine!(
    each_filter_narrows_and_together_they_narrow_more,
    facets_count_by_falling_count_and_are_not_narrowed_by_their_own_filter,
    only_the_facets_that_are_wanted_are_told,
    many_values_are_the_most_frequent_ones,
);
