//! What tantivy answers about the demo films.

use std::collections::{BTreeMap, HashSet};

use kino_domain::{AccessLevel, FilmId, GenreId, Language, Localized};

use super::super::{
    IndexError, Order, PageStart, Wanted, WantedFacets,
    engine::{PersonsWanted, SearchEngine as _, SuggestWanted, Suggested},
    library::{Library, wanted},
};
use crate::film::Film;

const FACETS: WantedFacets = WantedFacets { genre: true, year: true, access: true };
const ORDERS: [Order; 7] = [
    Order::Relevance,
    Order::BestRated,
    Order::WorstRated,
    Order::Newest,
    Order::Title(Language::Ru),
    Order::Title(Language::En),
    Order::MostPopular,
];

fn genre(library: &Library, film: &str, name: &str) -> GenreId {
    let genres = &library.film(film).genres;
    genres.iter().find(|genre| genre.name.en.as_deref() == Some(name)).unwrap().id
}

#[tokio::test]
async fn walking_by_cursor_sees_every_film_once_in_every_order() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    for query in ["", "drama", "война"] {
        for order in ORDERS {
            let all = engine.search(Wanted { order, limit: 1000, ..wanted(query) }).await.unwrap();
            assert_eq!((all.films.len() as u64, all.next), (all.total, None));
            let mut walked: Vec<FilmId> = Vec::new();
            let mut start = PageStart::Offset(0);
            for _ in 0..1000 {
                let page = Wanted { order, start, limit: 7, ..wanted(query) };
                let page = engine.search(page).await.unwrap();
                assert_eq!(page.total, all.total, "a cursor does not change the count");
                walked.extend(page.films);
                let Some(next) = page.next else { break };
                start = PageStart::Cursor(next);
            }
            assert_eq!(walked, all.films, "{query:?} by {order:?}");
            let paged = Wanted { order, start: PageStart::Offset(7), limit: 7, ..wanted(query) };
            let paged = engine.search(paged).await.unwrap();
            assert_eq!(paged.films, all.films.iter().copied().skip(7).take(7).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn orders_are_what_they_are_called() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    let by = async |order| {
        let found = engine.search(Wanted { order, limit: 1000, ..wanted("") }).await.unwrap();
        let film = |id| library.films.iter().find(|film| film.id == id).unwrap();
        found.films.into_iter().map(film).collect::<Vec<_>>()
    };
    assert!(by(Order::BestRated).await.is_sorted_by(|one, other| one.imdb_rating >= other.imdb_rating));
    assert!(by(Order::WorstRated).await.is_sorted_by(|one, other| one.imdb_rating <= other.imdb_rating));
    assert!(by(Order::Newest).await.is_sorted_by(|one, other| one.year >= other.year));
    assert!(by(Order::MostPopular).await.is_sorted_by(|one, other| one.votes >= other.votes));
    let title = |film: &&crate::film::Film| kino_domain::fold(film.title.ru.as_deref().unwrap());
    assert!(by(Order::Title(Language::Ru)).await.is_sorted_by_key(|film| title(film).replace('ё', "е")));
}

#[tokio::test]
async fn films_without_the_value_come_last_and_are_walked_too() {
    let mut library = Library::demo();
    for film in library.films.iter_mut().step_by(3) {
        (film.imdb_rating, film.year) = (None, None);
    }
    let (engine, _folder) = library.in_tantivy().await;
    for order in [Order::BestRated, Order::WorstRated, Order::Newest] {
        let mut walked = Vec::new();
        let mut start = PageStart::Offset(0);
        for _ in 0..1000 {
            let page = engine.search(Wanted { order, start, limit: 10, ..wanted("") }).await.unwrap();
            walked.extend(page.films);
            let Some(next) = page.next else { break };
            start = PageStart::Cursor(next);
        }
        let has_value =
            |id: &FilmId| library.films.iter().find(|film| film.id == *id).unwrap().year.is_some();
        assert_eq!(walked.iter().collect::<HashSet<_>>().len(), library.films.len());
        assert!(walked.iter().is_sorted_by_key(|id| !has_value(id)), "{order:?}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_or_of_nowhere_is_refused() {
    let (engine, _folder) = Library::demo().in_tantivy().await;
    let page = engine.search(Wanted { order: Order::Newest, limit: 5, ..wanted("") }).await.unwrap();
    for (order, cursor) in [(Order::BestRated, page.next.unwrap()), (Order::Newest, "nowhere".into())] {
        let start = PageStart::Cursor(cursor);
        let refused = engine.search(Wanted { order, start, ..wanted("") }).await;
        assert!(matches!(refused, Err(IndexError::Cursor)));
    }
}

#[tokio::test]
async fn facets_count_what_choosing_them_would_find() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    let comedy = genre(&library, "Amélie", "Comedy");
    let base = Wanted {
        genres: vec![comedy],
        access: Some(AccessLevel::Free),
        year_from: Some(1960),
        year_to: Some(2010),
        facets: FACETS,
        limit: 1000,
        ..wanted("")
    };
    let found = engine.search(base.clone()).await.unwrap();
    let facets = found.facets;
    let total = async |wanted: Wanted| engine.search(wanted).await.unwrap().total;
    for (id, count) in facets.genre.as_ref().unwrap() {
        assert_eq!(total(Wanted { genres: vec![*id], ..base.clone() }).await, *count);
    }
    for (year, count) in facets.year.as_ref().unwrap() {
        let of_year = Wanted { year_from: Some(*year), year_to: Some(*year), ..base.clone() };
        assert_eq!(total(of_year).await, *count, "{year}");
    }
    for (level, count) in facets.access.as_ref().unwrap() {
        assert_eq!(total(Wanted { access: Some(*level), ..base.clone() }).await, *count);
    }
    let genres = facets.genre.unwrap();
    assert!(genres.is_sorted_by(|(_, count), (_, less)| count >= less), "by falling count");
    assert!(genres.len() > 3, "not narrowed by its own filter");
    assert_eq!(facets.access.unwrap().len(), 3);
}

#[tokio::test]
async fn nothing_that_may_not_be_seen_is_found_counted_or_suggested() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    let visible = vec![AccessLevel::Free];
    let level = |id: &FilmId| library.films.iter().find(|film| film.id == *id).unwrap().access;
    for query in ["", "star wars", "тарковский", "vfnhbwf", "драма", "matrics", "the jedi return"]
    {
        let wanted = Wanted { visible: visible.clone(), facets: FACETS, limit: 1000, ..wanted(query) };
        let found = engine.search(wanted).await.unwrap();
        assert_eq!(found.films.len() as u64, found.total);
        assert!(found.films.iter().all(|film| level(film) == AccessLevel::Free), "{query}");
        let levels = found.facets.access.unwrap();
        assert!(levels.iter().all(|(level, _)| *level == AccessLevel::Free), "{query}: {levels:?}");
        let years: u64 = found.facets.year.unwrap().iter().map(|(_, count)| count).sum();
        assert_eq!(years, found.total);
    }
    for query in ["матри", "возвращение дж", "a", "зеркало"] {
        let wanted = SuggestWanted { query: query.into(), visible: visible.clone(), limit: 50 };
        for suggested in engine.suggest(wanted).await.unwrap() {
            match suggested {
                Suggested::Film(id) => assert_eq!(level(&id), AccessLevel::Free),
                Suggested::Person(id) => {
                    let person = library.persons.iter().find(|person| person.id == id).unwrap();
                    assert!(person.levels.contains(&AccessLevel::Free), "{person:?}");
                }
            }
        }
    }
    let similar = engine.similar(library.film("Star Wars"), visible.clone(), 50).await.unwrap();
    assert!(!similar.is_empty() && similar.iter().all(|film| level(film) == AccessLevel::Free));
    let query = PersonsWanted { query: "Нео Трегубов".into(), visible, offset: 0, limit: 10 };
    assert_eq!(engine.find_persons(query).await.unwrap().1, 0);
}

#[tokio::test]
async fn filters_narrow_and_contradictory_ones_find_nothing() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    let person = library.film("Solaris").people[0].person.id;
    let found = engine.search(Wanted { person: Some(person), ..wanted("") }).await.unwrap();
    assert!(found.films.contains(&library.film("Stalker").id));
    let french = Wanted { country: Some("FR".into()), year_to: Some(1965), ..wanted("") };
    let french = library.names(&engine.search(french).await.unwrap().films);
    assert!(french.contains(&"The 400 Blows (1959)".to_owned()), "{french:?}");
    let western = genre(&library, "Django Unchained", "Western");
    let narrowed = Wanted { genres: vec![western], year_from: Some(2000), ..wanted("") };
    assert_eq!(library.names(&engine.search(narrowed).await.unwrap().films), ["Django Unchained (2012)"]);
    let none = Wanted { genres: vec![western], person: Some(person), facets: FACETS, ..wanted("matrix") };
    let none = engine.search(none).await.unwrap();
    assert_eq!((none.total, none.films.len()), (0, 0));
    let unseen = Wanted { visible: Vec::new(), facets: FACETS, ..wanted("") };
    assert_eq!(engine.search(unseen).await.unwrap().total, 0);
}

#[tokio::test]
async fn a_filter_does_not_change_how_widely_a_query_is_read() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    let comedy = genre(&library, "Amélie", "Comedy");
    let star_wars = engine.search(Wanted { genres: vec![comedy], ..wanted("star wars") }).await.unwrap();
    assert_eq!(star_wars.total, 0, "{:?}", library.names(&star_wars.films));
}

#[tokio::test]
async fn suggestions_begin_as_typed_the_best_known_first() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    let suggest = async |query: &str| -> Vec<String> {
        let wanted = SuggestWanted { query: query.into(), visible: AccessLevel::ALL.to_vec(), limit: 10 };
        let named = |suggested| match suggested {
            Suggested::Film(id) => library.names(&[id]).swap_remove(0),
            Suggested::Person(id) => library.person(id).to_owned(),
        };
        engine.suggest(wanted).await.unwrap().into_iter().map(named).collect()
    };
    for (query, first) in [
        ("мат", "The Matrix (1999)"),
        ("vfnh", "The Matrix (1999)"),
        ("godf", "The Godfather (1972)"),
        ("брат", "Brother (1997)"),
        ("тарант", "Quentin Tarantino"),
        ("quentin t", "Quentin Tarantino"),
        ("таронт", "Quentin Tarantino"),
        ("интерстелл", "Interstellar (2014)"),
        ("intrestel", "Interstellar (2014)"),
    ] {
        let suggested = suggest(query).await;
        assert!(suggested.iter().take(2).any(|name| name == first), "{query}: {suggested:?}");
    }
    let letter = suggest("т").await;
    assert_eq!(letter.len(), 10, "{letter:?}");
    assert!(suggest("!?").await.is_empty());
    assert!(suggest("").await.is_empty());
}

#[tokio::test]
async fn persons_are_found_through_typos_and_in_either_alphabet() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    for (query, name) in [
        ("tarkovsky", "Andrei Tarkovsky"),
        ("Тарковский", "Andrei Tarkovsky"),
        ("тарковскй", "Andrei Tarkovsky"),
        ("nfhrjdcrbq", "Andrei Tarkovsky"),
        ("harrison ford", "Harrison Ford"),
        ("форд харисон", "Harrison Ford"),
        ("спилбрг", "Steven Spielberg"),
    ] {
        let wanted =
            PersonsWanted { query: query.into(), visible: AccessLevel::ALL.to_vec(), offset: 0, limit: 10 };
        let (found, total) = engine.find_persons(wanted).await.unwrap();
        let names: Vec<&str> = found.iter().map(|id| library.person(*id)).collect();
        assert_eq!(names.first(), Some(&name), "{query}: {names:?}");
        assert!(total >= found.len() as u64);
    }
}

#[tokio::test]
async fn similar_films_share_people_genres_or_matter() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    let similar = async |title: &str| {
        let film = library.film(title);
        let found = engine.similar(film, AccessLevel::ALL.to_vec(), 5).await.unwrap();
        assert!(!found.contains(&film.id));
        library.names(&found)
    };
    let star_wars = similar("Star Wars").await;
    assert!(star_wars.contains(&"The Empire Strikes Back (1980)".to_owned()), "{star_wars:?}");
    let solaris = similar("Solaris").await;
    assert!(solaris.contains(&"Stalker (1979)".to_owned()), "{solaris:?}");
    let unlike = Film {
        genres: Vec::new(),
        people: Vec::new(),
        keywords: Vec::new(),
        description: Localized::default(),
        ..library.film("Solaris").clone()
    };
    assert_eq!(engine.similar(&unlike, AccessLevel::ALL.to_vec(), 5).await.unwrap(), []);
}

#[tokio::test]
async fn odd_queries_are_answered_and_fast() {
    let library = Library::demo();
    let (engine, _folder) = library.in_tantivy().await;
    let long = "матрица ".repeat(1300);
    let odd: BTreeMap<&str, bool> = [
        ("🎬🍿", false),
        ("\"star wars", true),
        ("star AND (wars OR", true),
        ("+matrix -neo ~2^5 title:*", true),
        ("*", false),
        ("а", true),
        ("\u{0}\u{202e}", false),
        (&*long, true),
        ("' OR 1=1 --", true),
        ("[1 TO", true),
    ]
    .into();
    for (query, may_be_found) in odd {
        let found = engine.search(wanted(query)).await.unwrap();
        assert!(may_be_found || found.total == 0, "{query}: {:?}", library.names(&found.films));
    }
    assert!(engine.search(wanted(&long)).await.unwrap().total > 0);
}
