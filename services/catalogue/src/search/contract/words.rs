//! Words: titles, people and all else, through typos, in either alphabet, half typed; and whatever else is typed.

use super::{super::engine::PersonsWanted, *};

async fn library(engine: TestEngine) -> TestEngine {
    let with = |film: Film, votes, year, director: Option<Credit>| Film {
        votes,
        year: Some(year),
        people: director.into_iter().collect(),
        ..film
    };
    let tarkovsky = || Some(director(1, "Андрей Тарковский", "Andrei Tarkovsky"));
    let films = [
        with(film(1, "Матрица", "The Matrix"), 2_000_000, 1999, None),
        with(film(2, "Матрица: Революция", "The Matrix Revolutions"), 500_000, 2003, None),
        with(film(3, "Солярис", "Solaris"), 100_000, 1972, tarkovsky()),
        with(film(4, "Солярис", "Solaris"), 90_000, 2002, None),
        with(film(5, "Зеркало", "Mirror"), 50_000, 1975, tarkovsky()),
        with(film(6, "Звёздные войны", "Star Wars"), 1_500_000, 1977, None),
        with(film(7, "Война и мир", "War and Peace"), 10_000, 1965, None),
        Film {
            genres: vec![genre(1, "фантастика", "science fiction")],
            keywords: vec!["космос".into()],
            description: Localized::both("Астронавт летит сквозь червоточину.", "An astronaut flies."),
            ..with(film(8, "Интерстеллар", "Interstellar"), 1_900_000, 2014, None)
        },
        with(film(9, "Крёстный отец 2", "The Godfather Part II"), 1_200_000, 1974, None),
        with(film(10, "Крёстный отец", "The Godfather"), 1_800_000, 1972, None),
    ];
    let known = |card: PersonCard, votes| PersonCard { votes, ..card };
    let free = [AccessLevel::Free];
    let persons = [
        known(card(1, "Андрей Тарковский", "Andrei Tarkovsky", &free), 100_000),
        known(card(2, "Марк Хэмилл", "Mark Hamill", &free), 1_500_000),
        known(card(3, "Матвей Зеркалов", "Matvei Zerkalov", &free), 10),
    ];
    engine.with(&films, &persons).await
}

async fn what_is_typed_finds_what_is_meant(engine: TestEngine) {
    let engine = library(engine).await;
    let mut missed = Vec::new();
    for (query, first) in [
        ("матрица", 1),
        ("The Matrix", 1),
        ("matrix revolutions", 2),
        ("матрица рев", 2),
        // Typos, by letters.
        ("матирца", 1),
        ("marix", 1),
        ("интерстелар", 8),
        ("звёздные вйоны", 6),
        ("solrais", 3),
        // ё, case, accents.
        ("ЗВЕЗДНЫЕ ВОЙНЫ", 6),
        ("krestny otets", 10),
        // The wrong keyboard layout, the other alphabet.
        ("vfnhbwf", 1),
        ("ьфекшч", 1),
        ("matrica", 1),
        ("zvezdnye voyny", 6),
        ("voyna i mir", 7),
        // The year decides between two of one title.
        ("солярис 2002", 4),
        ("solaris 1972", 3),
        // A part's number in any spelling.
        ("godfather 2", 9),
        ("крестный отец ii", 9),
        // The whole title before those that only have it within.
        ("godfather", 10),
        // Forms of words.
        ("звездная война", 6),
        // People, genres, keywords, the description.
        ("фантастика", 8),
        ("космос", 8),
        ("червоточина", 8),
        ("тарковский зеркало", 5),
        // Not finished.
        ("интерс", 8),
        ("звездные во", 6),
    ] {
        let found = numbers(&engine, wanted(query)).await;
        if found.first() != Some(&first) {
            missed.push(format!("{query}: {found:?}, not {first}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert_eq!(numbers(&engine, wanted("тарковский")).await, [3, 5], "the better known first");
    assert_eq!(numbers(&engine, wanted("qqqq zzzz")).await, [0; 0]);
}

async fn choosing_a_facet_gives_as_many_films_as_it_said(engine: TestEngine) {
    let engine = library(engine).await;
    let facets = WantedFacets { year: true, ..WantedFacets::default() };
    for query in ["солярис", "матрица", "войн", "марица"] {
        let found = engine.search(Wanted { facets, ..wanted(query) }).await.unwrap();
        for (year, count) in found.facets.year.unwrap() {
            let chosen = Wanted { year_from: Some(year), year_to: Some(year), ..wanted(query) };
            assert_eq!(engine.search(chosen).await.unwrap().total, count, "{query} {year}");
        }
    }
}

async fn whatever_is_typed_is_answered(engine: TestEngine) {
    let engine = library(engine).await;
    let hostile = [
        "!!! ???".to_owned(),
        "🎬🍿".to_owned(),
        "\"unbalanced (and [open {braces".to_owned(),
        "title:* AND NOT access:FREE OR _exists_:id".to_owned(),
        "a AND (b OR".to_owned(),
        "* ? ~ ^ \\ / : + - && ||".to_owned(),
        "\\u0000 \u{0} \u{feff} \u{202e}".to_owned(),
        "{\"query\":{\"match_all\":{}}}".to_owned(),
        "'; DROP TABLE films; --".to_owned(),
        "<script>alert(1)</script>".to_owned(),
        "a ".repeat(5000),
        "ы".repeat(10_000),
        "2 3 4 5 6 7 8 9 10 11 12 1 2 3".to_owned(),
        "звёздные войны матрица революция интерстеллар солярис зеркало сталкер крестный отец война"
            .to_owned(),
        "e\u{301}".repeat(300),
        "𝕄𝕒𝕥𝕣𝕚𝕩".to_owned(),
    ];
    for query in hostile {
        for order in [Order::Relevance, Order::Newest] {
            let found = engine.search(Wanted { order, ..wanted(&query) }).await.unwrap();
            assert!(found.total <= 10, "{query}");
        }
        assert!(suggested(&engine, &query, &AccessLevel::ALL).await.len() <= 10);
        let visible = AccessLevel::ALL.to_vec();
        let persons = PersonsWanted { query: query.clone(), visible, offset: 0, limit: 10 };
        assert!(engine.find_persons(persons).await.unwrap().0.len() <= 3, "{query}");
    }
    for signs in ["!!! ???", "🎬🍿", "\"\""] {
        assert_eq!(engine.search(wanted(signs)).await.unwrap().total, 0, "signs without a word: {signs}");
    }
    assert_eq!(engine.search(wanted("   ")).await.unwrap().total, 10, "nothing typed: every film");
}

async fn films_and_persons_are_suggested_as_one_types(engine: TestEngine) {
    let engine = library(engine).await;
    for (query, expected) in [
        ("матр", Suggested::Film(film_id(1))),
        ("the matr", Suggested::Film(film_id(1))),
        ("тарк", Suggested::Person(person_id(1))),
        ("андрей тар", Suggested::Person(person_id(1))),
        ("hamil", Suggested::Person(person_id(2))),
        ("зв", Suggested::Film(film_id(6))),
        ("и", Suggested::Film(film_id(8))),
        ("vfnh", Suggested::Film(film_id(1))),
        ("солярс", Suggested::Film(film_id(3))),
    ] {
        let found = suggested(&engine, query, &AccessLevel::ALL).await;
        assert!(found.iter().take(2).any(|one| *one == expected), "{query}: {found:?}");
    }
    let all = suggested(&engine, "м", &AccessLevel::ALL).await;
    assert!(
        all.contains(&Suggested::Film(film_id(1))) && all.contains(&Suggested::Person(person_id(2))),
        "{all:?}"
    );
    assert_eq!(suggested(&engine, "", &AccessLevel::ALL).await, []);
    assert_eq!(suggested(&engine, "qqqqzzzz", &AccessLevel::ALL).await, []);
    let wanted = SuggestWanted { query: "м".into(), visible: AccessLevel::ALL.to_vec(), limit: 1 };
    assert_eq!(engine.suggest(wanted).await.unwrap().len(), 1);
}

async fn persons_are_found_by_name_and_through_typos(engine: TestEngine) {
    let engine = library(engine).await;
    let find = async |query: &str, offset| {
        let visible = AccessLevel::ALL.to_vec();
        engine.find_persons(PersonsWanted { query: query.into(), visible, offset, limit: 10 }).await.unwrap()
    };
    for query in ["тарковский", "Tarkovsky", "andrei tarkovsky", "таркоский", "nfhrjdcrbq", "тарков"]
    {
        assert_eq!(find(query, 0).await.0.first(), Some(&person_id(1)), "{query}");
    }
    assert_eq!(find("mark hamill", 0).await, (vec![person_id(2)], 1));
    assert_eq!(find("ма", 0).await, (vec![person_id(2), person_id(3)], 2), "best known first");
    assert_eq!(find("ма", 1).await, (vec![person_id(3)], 2));
    assert_eq!(find("ма", 1_000_000_000).await, (Vec::new(), 2));
    assert_eq!(find("qqqqzzzz", 0).await, (Vec::new(), 0));
}

async fn similar_films_share_what_they_are_about(engine: TestEngine) {
    let of = |number, title: &str, genre: &Genre, keywords: &[&str], person: u128| Film {
        genres: vec![genre.clone()],
        keywords: keywords.iter().map(|keyword| (*keyword).to_owned()).collect(),
        people: vec![director(person, "Имя", "Name")],
        votes: 1000,
        year: Some(2000),
        ..film(number, title, title)
    };
    let (fiction, comedy) = (genre(1, "фантастика", "science fiction"), genre(2, "комедия", "comedy"));
    let films = [
        of(1, "Интерстеллар", &fiction, &["космос", "время"], 1),
        of(2, "Гравитация", &fiction, &["космос", "время"], 1),
        of(3, "Марсианин", &fiction, &["космос"], 2),
        of(4, "Смех", &comedy, &["смех"], 3),
        of(5, "Слёзы", &comedy, &["слёзы"], 4),
    ];
    let engine = engine.with(&films, &[]).await;
    let all = AccessLevel::ALL.to_vec();
    let similar = engine.similar(&films[0], all.clone(), 10).await.unwrap();
    assert_eq!(similar[..2], [film_id(2), film_id(3)], "{similar:?}");
    assert!(!similar.contains(&film_id(1)), "a film is not like itself");
    assert_eq!(engine.similar(&films[0], all.clone(), 1).await.unwrap(), [film_id(2)]);
    let unlike = film(99, "Другой", "Another");
    assert_eq!(engine.similar(&unlike, all, 10).await.unwrap(), []);
}

on_every_engine!(
    what_is_typed_finds_what_is_meant,
    choosing_a_facet_gives_as_many_films_as_it_said,
    whatever_is_typed_is_answered,
    films_and_persons_are_suggested_as_one_types,
    persons_are_found_by_name_and_through_typos,
    similar_films_share_what_they_are_about,
);
