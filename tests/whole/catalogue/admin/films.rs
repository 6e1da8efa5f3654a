//! Making, changing and deleting films, and what viewers see of it.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::bare;
use crate::app::{MOVIES, TestApp, until};

on_every_database!(
    a_film_is_made_replaced_patched_and_deleted,
    a_change_that_changes_nothing_makes_no_version,
    a_series_has_seasons_and_a_movie_has_none,
    texts_fall_back_field_by_field,
    a_film_that_is_closed_is_closed_at_once,
    what_is_changed_is_found_by_it,
    who_leaves_a_film_leaves_its_page,
    a_key_makes_making_a_film_safe_to_repeat,
);

async fn a_film_is_made_replaced_patched_and_deleted(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let genre = app.make(&boss, "/genres", json!({"name": {"ru": "Киберпанк", "en": "Cyberpunk"}})).await;
    let (ada, ben) = (
        app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await,
        app.make(&boss, "/persons", json!({"full_name": {"ru": "Бен Роу", "en": "Ben Roe"}})).await,
    );
    let sent = json!({
        "title": {"ru": " Зефир\u{0} ", "en": "Zephyr"}, "original_title": "Zéphyr", "description": {"en": "Wind."},
        "kind": "movie", "year": 2001, "access": "FREE", "imdb_rating": 7.25, "genres": [genre, genre],
        "directors": [ada], "writers": [ada], "actors": [ben, ada, ben], "countries": ["France", "fr", "su"],
        "duration_minutes": 101, "keywords": ["wind", " wind "], "age_rating": "12+", "poster_url": "/p/1.jpg",
        "video_url": "https://v.example/1.mp4",
    });
    let made = app.admin(&boss, Method::POST, "/films", sent).await.is(201);
    let film = made.json();
    let id = film["id"].as_str().unwrap();
    let path = format!("/films/{id}");
    assert_eq!((made.header("location"), made.header("etag")), (&*format!("{MOVIES}{path}"), "\"v1\""));
    let kept = json!({
        "id": id, "version": 1, "updated_at": film["updated_at"], "title": {"ru": "Зефир", "en": "Zephyr"},
        "original_title": "Zéphyr", "description": {"en": "Wind."}, "kind": "movie", "year": 2001, "access": "FREE",
        "imdb_rating": 7.25, "genres": [genre], "directors": [ada], "writers": [ada], "actors": [ben, ada],
        "countries": ["FR", "SU"], "duration_minutes": 101, "seasons": null, "episodes": null, "keywords": ["wind"],
        "age_rating": "12+", "poster_url": "/p/1.jpg", "video_url": "https://v.example/1.mp4",
    });
    assert_eq!(film, kept);
    let edited = app.movies(&format!("{path}/edit"), Some(&boss)).await.is(200);
    assert_eq!((edited.json(), edited.header("etag")), (kept, "\"v1\""));
    let seen = app.movies(&path, None).await.is(200).json();
    assert_eq!((&seen["title"], &seen["description"]), (&json!("Zephyr"), &json!("Wind.")));
    assert_eq!(seen["genres"][0]["name"], "Cyberpunk");
    let names: Vec<_> = seen["actors"].as_array().unwrap().iter().map(|actor| &actor["full_name"]).collect();
    assert_eq!(names, ["Ben Roe", "Ada Quill"], "in billing order");

    app.advance(60);
    let replaced = app.admin(&boss, Method::PUT, &path, bare("Zephyr II")).await.is(200);
    let film = replaced.json();
    assert_eq!((replaced.header("etag"), &film["version"]), ("\"v2\"", &json!(2)));
    assert_eq!(
        (&film["year"], &film["actors"], &film["poster_url"]),
        (&json!(null), &json!([]), &json!(null))
    );
    assert_ne!(film["updated_at"], edited.json()["updated_at"]);

    let change = json!({"title": {"ru": "Зефир 2"}, "year": 2002, "actors": [ben], "age_rating": "16+"});
    app.admin(&boss, Method::PATCH, &path, change).await.is(200);
    let change = json!({"title": {"en": null}, "age_rating": null});
    let patched = app.admin(&boss, Method::PATCH, &path, change).await.is(200).json();
    assert_eq!((&patched["title"], &patched["version"]), (&json!({"ru": "Зефир 2"}), &json!(4)));
    assert_eq!(
        (&patched["year"], &patched["actors"], &patched["age_rating"], &patched["access"]),
        (&json!(2002), &json!([ben]), &json!(null), &json!("FREE")),
    );
    let seen = app.movies(&path, None).await.is(200).json();
    assert_eq!(seen["title"], "Зефир 2", "served details follow at once");

    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    app.movies(&path, Some(&boss)).await.is_problem(404, "film_not_found");
    for (method, path, body) in [
        (Method::DELETE, path.clone(), Value::Null),
        (Method::PUT, path.clone(), bare("Zephyr")),
        (Method::PATCH, path.clone(), json!({})),
        (Method::GET, format!("{path}/edit"), Value::Null),
        (Method::GET, "/films/018f0000-0000-7000-8000-00000000dead/revisions".into(), Value::Null),
    ] {
        app.admin(&boss, method, &path, body).await.is_problem(404, "film_not_found");
    }
    app.admin(&boss, Method::PUT, "/films/7", bare("Zephyr")).await.is_problem(404, "not_found");
    app.stop().await;
}

async fn a_change_that_changes_nothing_makes_no_version(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    // What is shown can be sent back, of an imported film too.
    let path = format!("/films/{}", app.film(&boss, "Solaris").await);
    let film = app.edited(&boss, &path).await;
    app.advance(60);
    let again = app.admin(&boss, Method::PUT, &path, film.clone()).await.is(200);
    assert_eq!((again.json(), again.header("etag")), (film.clone(), "\"v1\""));
    assert_eq!(app.admin(&boss, Method::PATCH, &path, json!({})).await.is(200).json(), film);
    let revisions = app.movies(&format!("{path}/revisions"), Some(&boss)).await.is(200).json();
    assert_eq!(revisions["total"], 0);
    app.stop().await;
}

async fn a_series_has_seasons_and_a_movie_has_none(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let series = json!({
        "title": {"en": "The Long Zephyr"}, "access": "FREE", "kind": "series", "seasons": 3, "episodes": 24,
    });
    let path = format!("/films/{}", app.make(&boss, "/films", series).await);
    let seen = app.movies(&path, None).await.is(200).json();
    assert_eq!(
        (&seen["kind"], &seen["seasons"], &seen["episodes"]),
        (&json!("series"), &json!(3), &json!(24))
    );
    let refused = app.admin(&boss, Method::PATCH, &path, json!({"kind": "movie"})).await;
    assert_eq!(
        super::wrong(&refused.is_problem(422, "validation_failed")),
        ["seasons only_series", "episodes only_series"]
    );
    let movie = json!({"kind": "movie", "seasons": null, "episodes": null});
    app.admin(&boss, Method::PATCH, &path, movie).await.is(200);
    let seen = app.movies(&path, None).await.is(200).json();
    assert_eq!((&seen["kind"], seen.get("seasons")), (&json!("movie"), None));
    app.stop().await;
}

async fn texts_fall_back_field_by_field(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let genre = app.make(&boss, "/genres", json!({"name": {"en": "Windpunk"}})).await;
    let person = app.make(&boss, "/persons", json!({"full_name": "Ада Куилл"})).await;
    let film = json!({
        "title": {"ru": "Зефир"}, "description": {"en": "Wind."}, "access": "FREE", "genres": [genre],
        "directors": [person],
    });
    let path = format!("{MOVIES}/films/{}", app.make(&boss, "/films", film).await);
    for language in ["ru", "en"] {
        let seen = app.client.get(&path).header("accept-language", language).send().await.is(200).json();
        assert_eq!(
            (
                &seen["title"],
                &seen["description"],
                &seen["genres"][0]["name"],
                &seen["directors"][0]["full_name"]
            ),
            (&json!("Зефир"), &json!("Wind."), &json!("Windpunk"), &json!("Ада Куилл")),
            "{language}",
        );
    }
    app.admin(&boss, Method::PATCH, &path.replace(MOVIES, ""), json!({"title": {"en": "Zephyr"}}))
        .await
        .is(200);
    for (language, title) in [("ru", "Зефир"), ("en", "Zephyr")] {
        let seen = app.client.get(&path).header("accept-language", language).send().await.is(200).json();
        assert_eq!(seen["title"], title);
    }
    app.stop().await;
}

async fn a_film_that_is_closed_is_closed_at_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
    for _ in 0..5 {
        app.movies(&path, None).await.is(200);
        app.admin(&boss, Method::PATCH, &path, json!({"access": "PAID"})).await.is(200);
        app.movies(&path, None).await.is_problem(403, "film_requires_subscription");
        app.admin(&boss, Method::PATCH, &path, json!({"access": "ARCHIVED"})).await.is(200);
        app.movies(&path, None).await.is_problem(403, "film_archived");
        app.admin(&boss, Method::PATCH, &path, json!({"access": "FREE"})).await.is(200);
    }
    app.movies(&path, None).await.is(200);
    app.stop().await;
}

async fn what_is_changed_is_found_by_it(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.make(&boss, "/films", bare("Quixotic Zephyr")).await);
    let found = async |query: &str| {
        let found = app.movies(&format!("/films/search?query={query}"), None).await.is(200).json();
        found["items"].as_array().unwrap().iter().any(|film| path.ends_with(film["id"].as_str().unwrap()))
    };
    until("the new film is found", async || found("quixotic").await.then_some(())).await;
    app.admin(&boss, Method::PATCH, &path, json!({"title": {"en": "Tremulous Breeze"}})).await.is(200);
    until("it is found by its new title", async || found("tremulous").await.then_some(())).await;
    assert!(!found("quixotic").await);
    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    assert!(!found("tremulous").await, "a film that is gone is not shown, whatever the index says");
    app.stop().await;
}

async fn who_leaves_a_film_leaves_its_page(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let ada = app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await;
    let film = json!({"title": {"en": "Zephyr"}, "access": "PAID", "actors": [ada], "directors": [ada]});
    let path = format!("/films/{}", app.make(&boss, "/films", film).await);
    let films = async |who| app.movies(&format!("/persons/{ada}"), who).await.is(200).json()["films"].clone();
    assert_eq!(films(Some(&boss)).await[0]["roles"], json!(["director", "actor"]));
    assert_eq!(films(None).await, json!([]), "what a visitor may not see is not told of");
    app.admin(&boss, Method::PATCH, &path, json!({"actors": null})).await.is(200);
    assert_eq!(films(Some(&boss)).await[0]["roles"], json!(["director"]));
    app.admin(&boss, Method::PATCH, &path, json!({"directors": []})).await.is(200);
    assert_eq!(films(Some(&boss)).await, json!([]));
    app.stop().await;
}

async fn a_key_makes_making_a_film_safe_to_repeat(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    for (path, body) in [
        ("/films", bare("Zephyr")),
        ("/films/bulk", json!({"items": [bare("Breeze")]})),
        ("/genres", json!({"name": {"en": "Windpunk"}})),
        ("/persons", json!({"full_name": "Ada Quill"})),
    ] {
        let send =
            || app.admin_request(&boss, Method::POST, path, &body).header("idempotency-key", "k").send();
        let first = send().await;
        assert!(first.status.is_success(), "{path}: {}", first.text());
        let again = send().await.is(first.status.as_u16());
        assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body), "{path}");
        assert_eq!(again.header("location"), first.header("location"));
        let other = app.admin_request(&boss, Method::POST, path, &json!({})).header("idempotency-key", "k");
        other.send().await.is_problem(422, "validation_failed");
    }
    app.stop().await;
}
