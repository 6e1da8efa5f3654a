//! Reading films, genres and persons: shapes, languages, pages, refusals.

use kino_testkit::{TestDatabase, on_every_database};

use crate::app::{MOVIES, TestApp};

on_every_database!(
    a_film_is_told_in_the_callers_language,
    lists_are_sorted_filtered_and_paged,
    a_film_that_is_known_is_not_sent_again,
    long_answers_are_packed_for_those_who_take_it,
    genres_and_persons_are_listed,
    bad_parameters_are_named,
);

async fn a_film_is_told_in_the_callers_language(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let id = app.film(&boss, "Solaris").await;
    let path = format!("{MOVIES}/films/{id}");
    let russian = app.client.get(&path).header("accept-language", "ru-RU,ru;q=0.9").send().await.is(200);
    assert_eq!(russian.header("content-language"), "ru");
    let film = russian.json();
    assert_eq!((film["title"].as_str(), film["year"].as_i64()), (Some("Солярис"), Some(1972)));
    assert_eq!((film["access"].as_str(), film["kind"].as_str()), (Some("FREE"), Some("movie")));
    assert_eq!(film["directors"][0]["full_name"], "Андрей Тарковский");
    assert_eq!(film["countries"], serde_json::json!(["SU"]));
    assert!(film["genres"].as_array().unwrap().iter().any(|genre| genre["name"] == "фантастика"), "{film}");
    for field in
        ["description", "duration_minutes", "actors", "writers", "poster_url", "age_rating", "updated_at"]
    {
        assert!(!film[field].is_null(), "{field}: {film}");
    }
    let english = app.client.get(&format!("{path}/")).send().await.is(200).json();
    assert_eq!(english["title"], "Solaris");
    assert_eq!(english["directors"][0]["full_name"], "Andrei Tarkovsky");
    assert_ne!(english["description"], film["description"]);
    app.stop().await;
}

async fn lists_are_sorted_filtered_and_paged(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let list = async |query: &str| app.movies(&format!("/films?{query}"), None).await.is(200).json();
    let column = |list: &serde_json::Value, name: &str| {
        list["items"].as_array().unwrap().iter().map(|film| film[name].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let ratings = column(&list("page_size=100").await, "imdb_rating");
    assert!(ratings.is_sorted_by(|a, b| a >= b) && ratings.len() > 40);
    assert!(column(&list("sort=imdb_rating&page_size=100").await, "imdb_rating").is_sorted());
    let years = column(&list("sort=-year&page_size=100").await, "year");
    assert!(years.is_sorted_by(|a, b| a >= b));
    let seventies = column(&list("year_from=1970&year_to=1979&page_size=100").await, "year");
    assert!(!seventies.is_empty() && seventies.iter().all(|year| (1970.0..1980.0).contains(year)));

    // Pages neither overlap nor leave anything out.
    let all = list("page_size=100&sort=title").await;
    let total = all["total"].as_u64().unwrap();
    let mut paged = Vec::new();
    for page in 1..=total.div_ceil(7) {
        let page = list(&format!("page_size=7&sort=title&page_number={page}")).await;
        assert_eq!(page["total"].as_u64(), Some(total));
        paged.extend(page["items"].as_array().unwrap().iter().map(|film| film["id"].clone()));
    }
    let ids: Vec<_> = all["items"].as_array().unwrap().iter().map(|film| film["id"].clone()).collect();
    assert_eq!(paged, ids);
    // And by cursor; which is of this list alone, and in place of a number.
    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(&format!("page_size=7&sort=title{cursor}")).await;
        assert_eq!(page["page_number"].is_null(), !cursor.is_empty(), "{page}");
        walked.extend(page["items"].as_array().unwrap().iter().map(|film| film["id"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        for other in ["sort=-year", "sort=title&access=FREE", "sort=title&page_number=2"] {
            let refused = app.movies(&format!("/films?{other}{cursor}"), None).await;
            assert_eq!(refused.is_problem(422, "validation_failed").json()["errors"][0]["field"], "cursor");
        }
    }
    assert_eq!(walked, ids);
    for past in ["page_number=1000", "page_number=4000000000"] {
        let page = list(past).await;
        assert_eq!((page["items"].as_array().unwrap().len(), page["total"].as_u64()), (0, Some(total)));
    }

    let genres = app.movies("/genres?page_size=100", None).await.is(200).json();
    let id = |name: &str| {
        let genre = genres["items"].as_array().unwrap().iter().find(|genre| genre["name"] == name);
        genre.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let westerns = list(&format!("genre={}", id("Western"))).await["total"].as_u64().unwrap();
    let either =
        list(&format!("genre={}&genre={}", id("Western"), id("Horror"))).await["total"].as_u64().unwrap();
    assert!(westerns > 0 && either > westerns);
    let japanese = list("country=JP").await["total"].as_u64().unwrap();
    assert!(japanese > 0 && japanese == list("country=Japan").await["total"].as_u64().unwrap());
    app.stop().await;
}

async fn a_film_that_is_known_is_not_sent_again(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("{MOVIES}/films/{}", app.film(&boss, "Star Wars").await);
    let first = app.client.get(&path).send().await.is(200);
    let again = app.client.get(&path).header("if-none-match", first.header("etag")).send().await.is(304);
    assert!(again.body.is_empty());
    assert_eq!(first.header("cache-control"), "public, max-age=0, must-revalidate");
    let paid = format!("{MOVIES}/films/{}", app.film(&boss, "Inception").await);
    let paid = app.client.get(&paid).bearer(&boss.access).send().await.is(200);
    assert_eq!(paid.header("cache-control"), "private, no-cache");
    let poster = app.client.get(&format!("{path}/poster.svg")).send().await.is(200);
    assert_eq!(poster.header("content-type"), "image/svg+xml");
    assert!(poster.text().contains("Star Wars"));
    app.stop().await;
}

async fn genres_and_persons_are_listed(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let genres = app.movies("/genres", None).await.is(200).json();
    let first = &genres["items"][0];
    let path = format!("/genres/{}", first["id"].as_str().unwrap());
    assert_eq!(app.movies(&path, None).await.is(200).json(), *first);
    let persons = app.movies("/persons?page_size=3", None).await.is(200).json();
    assert_eq!(persons["items"].as_array().unwrap().len(), 3);
    assert!(persons["total"].as_u64().unwrap() > 500);
    for query in ["tarantino", "ТАРАНТИНО", "quen taran", "тарантино квентин"] {
        let query: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let found = app.movies(&format!("/persons/search?query={query}"), None).await.is(200).json();
        assert_eq!(found["items"][0]["full_name"], "Quentin Tarantino", "{found}");
        assert!(found["items"][0]["films"][0]["roles"].as_array().is_some_and(|roles| !roles.is_empty()));
    }
    let none = app.movies("/persons/search?query=%25_%5C", None).await.is(200).json();
    assert_eq!(none["total"], 0, "signs of LIKE are only signs");
    app.stop().await;
}

async fn bad_parameters_are_named(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let long = "x".repeat(600);
    for (path, field) in [
        ("/films?page_number=0", "page_number"),
        ("/films?page_number=-1", "page_number"),
        ("/films?page_number=two", "page_number"),
        ("/films?page_size=101", "page_size"),
        ("/films?page_size=0", "page_size"),
        ("/films?sort=rating", "sort"),
        ("/films?genre=drama", "genre"),
        ("/films?person=7", "person"),
        ("/films?access=OPEN", "access"),
        ("/films?year_from=MCMXC", "year_from"),
        ("/films?year_from=2000&year_to=1990", "year_to"),
        ("/films/search", "query"),
        (&format!("/films/search?query={long}"), "query"),
        (&format!("/persons/search?query={long}"), "query"),
        ("/genres?page_size=1000000", "page_size"),
        ("/persons?page_number=99999999999999999999", "page_number"),
    ] {
        let answer = app.movies(path, None).await.is_problem(422, "validation_failed").json();
        let named = answer["errors"][0]["field"].as_str().unwrap();
        assert!(named.starts_with(field), "{path}: {answer}");
    }
    for path in [
        "/films/7",
        "/films/018f0000-0000-7000-8000-000000000000",
        "/genres/x",
        "/persons/x",
        "/persons/x/films",
    ] {
        app.movies(path, None).await.is(404);
    }
    for odd in
        ["%00", "%ff%fe", "%F0%9F%8E%AC", "%22%28%2B-", "a%00b", "%20%20", "AND+OR+NOT", "*", "title:x"]
    {
        app.movies(&format!("/films/search?query={odd}"), None).await.is(200);
        app.movies(&format!("/persons/search?query={odd}"), None).await.is(200);
        app.movies(&format!("/films?country={odd}"), None).await.is(200);
    }
    app.stop().await;
}

async fn long_answers_are_packed_for_those_who_take_it(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let found = app.movies("/films/search?query=godfather", None).await.is(200).json();
    let film = format!("{MOVIES}/films/{}", found["items"][0]["id"].as_str().unwrap());
    for path in [&film, &format!("{MOVIES}/films")] {
        let plain = app.client.get(path).send().await.is(200);
        let packed = app.client.get(path).header("accept-encoding", "gzip, br").send().await.is(200);
        assert_eq!(plain.headers.get("content-encoding"), None, "{path}");
        assert_eq!(packed.headers["content-encoding"], "gzip", "{path}");
        assert!(packed.body.len() < plain.body.len(), "{path}");
        let mut unpacked = Vec::new();
        let mut unpacking = flate2::read::GzDecoder::new(&packed.body[..]);
        std::io::Read::read_to_end(&mut unpacking, &mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body, "{path}");
        assert!(packed.headers["vary"].to_str().unwrap().contains("accept-encoding"), "{path}");
        let refused = app.client.get(path).header("accept-encoding", "gzip;q=0").send().await.is(200);
        assert_eq!(refused.headers.get("content-encoding"), None, "{path}");
    }
    // Other bytes, another tag; each is known again.
    let plain = app.client.get(&film).send().await.is(200).headers["etag"].clone();
    let packed = app.client.get(&film).header("accept-encoding", "gzip").send().await.is(200);
    let packed = packed.headers["etag"].clone();
    assert_ne!(plain, packed);
    let again = app.client.get(&film).header("accept-encoding", "gzip");
    again.header("if-none-match", packed.to_str().unwrap()).send().await.is(304);
    app.stop().await;
}
