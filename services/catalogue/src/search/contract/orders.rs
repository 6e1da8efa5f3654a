//! Orders, and walking through what is found: by page and by cursor, no film twice and none lost.

use std::collections::BTreeSet;

use kino_domain::Language;

use super::{super::engine::DEEPEST, *};

const ORDERS: [Order; 7] = [
    Order::Relevance,
    Order::BestRated,
    Order::WorstRated,
    Order::Newest,
    Order::MostPopular,
    Order::Title(Language::Ru),
    Order::Title(Language::En),
];

async fn films_come_in_every_order(engine: TestEngine) {
    let make = |number, ru: &str, en: &str, imdb_rating, year, votes| Film {
        year,
        imdb_rating,
        votes,
        ..film(number, ru, en)
    };
    let untitled_in_english =
        Film { title: Localized { ru: Some("Ёлки".into()), en: None }, ..make(4, "", "", None, None, 5) };
    let films = [
        make(1, "Яблоко", "Apple", Some(8.5), Some(1990), 10),
        make(2, "Берег", "Zebra", Some(6.1), Some(2020), 1_000_000),
        make(3, "Арбуз", "Melon", Some(7.0), Some(1972), 0),
        untitled_in_english,
    ];
    let engine = engine.with(&films, &[]).await;
    for (order, expected) in [
        (Order::Relevance, [2, 1, 4, 3]),
        (Order::MostPopular, [2, 1, 4, 3]),
        (Order::BestRated, [1, 3, 2, 4]),
        (Order::WorstRated, [2, 3, 1, 4]),
        (Order::Newest, [2, 1, 3, 4]),
        // ё is ordered as е is; a title that is in the other language only is ordered by that.
        (Order::Title(Language::Ru), [3, 2, 4, 1]),
        (Order::Title(Language::En), [1, 3, 2, 4]),
    ] {
        assert_eq!(numbers(&engine, Wanted { order, ..wanted("") }).await, expected, "{order:?}");
    }
}

/// Films with many equals in every order.
async fn many_films(engine: TestEngine) -> TestEngine {
    let films: Vec<Film> = (1..=230)
        .map(|number| {
            let few = i32::try_from(number % 3).unwrap();
            Film {
                imdb_rating: (few > 0).then(|| 7.0 + f64::from(few) / 10.0),
                year: (few > 0).then_some(2000 + few),
                votes: i64::from(few) * 1000,
                ..film(number, ["Кино", "Большое кино", "Кино и немцы"][number as usize % 3], "Cinema")
            }
        })
        .collect();
    engine.with(&films, &[]).await
}

async fn by_cursor_every_film_comes_once_and_in_the_same_order(engine: TestEngine) {
    let engine = many_films(engine).await;
    for query in ["", "кино", "cinena"] {
        for order in ORDERS {
            let all = Wanted { order, limit: 300, ..wanted(query) };
            let at_once = engine.search(all.clone()).await.unwrap();
            assert_eq!((at_once.films.len(), at_once.next), (230, None), "{query} {order:?}");
            let (mut walked, mut start) = (Vec::new(), PageStart::Offset(0));
            for _ in 0..10 {
                let page = Wanted { start: start.clone(), limit: 40, ..all.clone() };
                let page = engine.search(page).await.unwrap();
                assert_eq!(page.total, 230);
                walked.extend(page.films);
                match page.next {
                    Some(next) => start = PageStart::Cursor(next),
                    None => break,
                }
            }
            assert_eq!(walked, at_once.films, "{query} {order:?}");
            let different: BTreeSet<_> = walked.iter().map(|film| film.0).collect();
            assert_eq!(different.len(), 230);
        }
    }
}

async fn by_page_every_film_comes_once(engine: TestEngine) {
    let engine = many_films(engine).await;
    for order in ORDERS {
        let at_once = numbers(&engine, Wanted { order, limit: 300, ..wanted("") }).await;
        let mut walked = Vec::new();
        for offset in (0..280).step_by(40) {
            let page = Wanted { order, start: PageStart::Offset(offset), limit: 40, ..wanted("") };
            walked.extend(numbers(&engine, page).await);
        }
        assert_eq!(walked, at_once, "{order:?}");
    }
}

async fn a_cursor_goes_on_while_films_come_and_go(engine: TestEngine) {
    let engine = many_films(engine).await;
    let first = Wanted { order: Order::Title(Language::Ru), limit: 100, ..wanted("") };
    let page = engine.search(first.clone()).await.unwrap();
    let seen = page.films.clone();
    let gone_films = vec![seen[99], seen[50]];
    let films = cards(&[film(500, "Аврора", "Aurora"), film(501, "Яма", "Pit")]);
    engine.put(Batch { films, gone_films, ..Batch::default() }).await.unwrap();
    engine.commit(place(2)).await.unwrap();
    let rest = Wanted { start: PageStart::Cursor(page.next.unwrap()), limit: 300, ..first };
    let rest = engine.search(rest).await.unwrap();
    assert_eq!(rest.films.len(), 131, "the other 130 and the one that came behind");
    assert!(rest.films.iter().all(|film| !seen.contains(film)));
}

async fn far_pages_are_empty_and_still_counted(engine: TestEngine) {
    let engine = many_films(engine).await;
    for offset in [230, 9_999, DEEPEST - 1, DEEPEST, 1_000_000_000, u64::MAX] {
        for query in ["", "кино"] {
            let far = Wanted { start: PageStart::Offset(offset), limit: 100, ..wanted(query) };
            let found = engine.search(far).await.unwrap();
            assert_eq!((found.total, found.films.len(), found.next), (230, 0, None), "{offset}");
        }
    }
}

async fn cursors_of_others_are_refused(engine: TestEngine) {
    let engine = many_films(engine).await;
    let titles = Wanted { order: Order::Title(Language::Ru), limit: 10, ..wanted("") };
    let next = engine.search(titles.clone()).await.unwrap().next.unwrap();
    for cursor in
        ["", "x", "не курсор", "AAAA", "eyJhIjoxfQ", "\u{0}", &"A".repeat(10_000), &next[..next.len() / 2]]
    {
        let wrong = Wanted { start: PageStart::Cursor(cursor.to_owned()), ..titles.clone() };
        let outcome = engine.search(wrong).await;
        assert!(matches!(outcome, Err(IndexError::Cursor)), "{cursor}: {outcome:?}");
    }
    let goes_on = Wanted { start: PageStart::Cursor(next), limit: 20, ..titles };
    assert_eq!(engine.search(goes_on.clone()).await.unwrap().films.len(), 20);
    for other in [
        Wanted { order: Order::Newest, ..goes_on.clone() },
        Wanted { query: "кино".to_owned(), ..goes_on.clone() },
        Wanted { genres: vec![genre_id(1)], ..goes_on.clone() },
        Wanted { access: Some(AccessLevel::Free), ..goes_on.clone() },
        Wanted { year_to: Some(2002), ..goes_on.clone() },
    ] {
        let outcome = engine.search(other.clone()).await;
        assert!(matches!(outcome, Err(IndexError::Cursor)), "{other:?}: {outcome:?}");
    }
}

/// Or it would lose what is behind the first page, which was found because the query was read widely.
async fn a_cursor_reads_the_query_as_widely_as_its_first_page(engine: TestEngine) {
    let described = |number| Film {
        description: Localized::both("О планете.", "About the planet Solaris."),
        ..film(number, &format!("Кино {number}"), &format!("Cinema {number}"))
    };
    let films: Vec<Film> = (1..=30).map(described).collect();
    let engine = engine.with(&films, &[]).await;
    let first = Wanted { limit: 10, ..wanted("solaris") };
    let page = engine.search(first.clone()).await.unwrap();
    assert_eq!(page.total, 30, "no title has the word, so descriptions are read");
    // Enough to be found by their titles alone.
    let titled: Vec<Film> = (101..=120).map(|number| film(number, "Солярис", "Solaris")).collect();
    engine.put(Batch { films: cards(&titled), ..Batch::default() }).await.unwrap();
    engine.commit(place(2)).await.unwrap();
    assert_eq!(engine.search(first.clone()).await.unwrap().total, 20);
    let rest = Wanted { start: PageStart::Cursor(page.next.unwrap()), limit: 100, ..first };
    let rest = engine.search(rest).await.unwrap();
    assert_eq!((rest.films.len(), rest.total), (20, 50));
    assert!(rest.films.iter().all(|film| number_of(*film) <= 30 && !page.films.contains(film)));
}

on_every_engine!(
    films_come_in_every_order,
    by_cursor_every_film_comes_once_and_in_the_same_order,
    by_page_every_film_comes_once,
    a_cursor_goes_on_while_films_come_and_go,
    far_pages_are_empty_and_still_counted,
    cursors_of_others_are_refused,
    a_cursor_reads_the_query_as_widely_as_its_first_page,
);
