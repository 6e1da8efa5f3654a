//! Making, renaming and deleting genres.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::{bare, wrong};
use crate::{
    app::{MOVIES, TestApp, until},
    catalogue::import::import,
};

on_every_database!(
    a_genre_is_made_renamed_and_deleted,
    one_genre_has_one_name_in_either_language,
    what_is_wrong_with_a_genre_is_named,
    a_genre_that_films_are_of_stays,
    imports_find_a_genre_by_either_name,
);

async fn a_genre_is_made_renamed_and_deleted(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let made =
        app.admin(&boss, Method::POST, "/genres", json!({"name": {"ru": " Ветропанк "}})).await.is(201);
    let genre = made.json();
    let path = format!("/genres/{}", genre["id"].as_str().unwrap());
    assert_eq!(
        (made.header("location"), &genre["name"]),
        (&*format!("{MOVIES}{path}"), &json!({"ru": "Ветропанк"}))
    );
    assert_eq!(app.movies(&path, None).await.is(200).json()["name"], "Ветропанк");
    let mut film = bare("Zephyr");
    film["genres"] = json!([genre["id"]]);
    let film = format!("/films/{}", app.make(&boss, "/films", film).await);
    assert_eq!(app.movies(&film, None).await.is(200).json()["genres"][0]["name"], "Ветропанк");

    let tag = made.header("etag").to_owned();
    let renamed =
        app.admin_if(&boss, Method::PATCH, &path, &tag, json!({"name": {"en": "Windpunk"}})).await.is(200);
    assert_eq!(renamed.json()["name"], json!({"ru": "Ветропанк", "en": "Windpunk"}));
    let seen = app.movies(&film, None).await.is(200).json();
    assert_eq!(seen["genres"][0]["name"], "Windpunk", "films show it at once");
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let stale = app.admin_if(&boss, method, &path, &tag, json!({"name": {"en": "Galepunk"}})).await;
        stale.is_problem(412, "genre_changed");
    }
    let edited = app.movies(&format!("{path}/edit"), Some(&boss)).await.is(200);
    assert_eq!((edited.header("etag"), edited.json()), (renamed.header("etag"), renamed.json()));
    let replaced = app.admin(&boss, Method::PUT, &path, json!({"name": {"en": "Galepunk"}})).await.is(200);
    assert_eq!(replaced.json()["name"], json!({"en": "Galepunk"}));

    app.admin(&boss, Method::PATCH, &film, json!({"genres": []})).await.is(200);
    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    for (method, path, body) in [
        (Method::GET, format!("{path}/edit"), Value::Null),
        (Method::PUT, path.clone(), json!({"name": {"en": "x"}})),
        (Method::PATCH, path.clone(), json!({})),
        (Method::DELETE, path, Value::Null),
    ] {
        app.admin(&boss, method, &path, body).await.is_problem(404, "genre_not_found");
    }
    app.stop().await;
}

async fn one_genre_has_one_name_in_either_language(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anime = app.make(&boss, "/genres", json!({"name": {"ru": "Аниме", "en": "Anime"}})).await;
    let taken = [
        json!({"en": "ANIME"}),
        json!({"ru": "аниме"}),
        json!({"ru": "Мультики из Японии", "en": "аниме"}),
        json!({"en": "Drama"}),
        json!({"ru": "ДРАМА"}),
        json!({"en": "Sci-Fi"}),
        json!({"ru": "Новое", "en": "ＤＲＡＭＡ"}),
    ];
    let other = app.make(&boss, "/genres", json!({"name": {"en": "Windpunk"}})).await;
    for name in taken {
        let body = json!({"name": name});
        app.admin(&boss, Method::POST, "/genres", body.clone()).await.is_problem(409, "genre_exists");
        app.admin(&boss, Method::PUT, &format!("/genres/{other}"), body)
            .await
            .is_problem(409, "genre_exists");
    }
    // One's own name is not taken, and a name that was given up is free.
    let path = format!("/genres/{anime}");
    app.admin(&boss, Method::PUT, &path, json!({"name": {"en": "anime"}})).await.is(200);
    app.admin(&boss, Method::PUT, &path, json!({"name": {"en": "Cartoons of Japan"}})).await.is(200);
    app.make(&boss, "/genres", json!({"name": {"ru": "Аниме"}})).await;
    app.stop().await;
}

async fn what_is_wrong_with_a_genre_is_named(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/genres/{}", app.make(&boss, "/genres", json!({"name": {"en": "Windpunk"}})).await);
    for (body, named) in [
        (json!({}), "name required"),
        (json!({"name": null}), "name required"),
        (json!({"name": {}}), "name required"),
        (json!({"name": {"ru": " \u{0}"}}), "name required"),
        (json!({"name": "Windpunk"}), "name invalid"),
        (json!({"name": {"en": 7}}), "name.en invalid"),
        (json!({"name": {"en": "x".repeat(10_240)}}), "name.en length"),
        (json!({"name": {"en": "x", "ru": "ы".repeat(201)}}), "name.ru length"),
    ] {
        for (method, path) in [(Method::POST, "/genres"), (Method::PUT, &path)] {
            let refused =
                app.admin(&boss, method, path, body.clone()).await.is_problem(422, "validation_failed");
            assert_eq!(wrong(&refused), [named], "{body}");
        }
    }
    let cleared = app.admin(&boss, Method::PATCH, &path, json!({"name": {"en": null}})).await;
    assert_eq!(wrong(&cleared.is_problem(422, "validation_failed")), ["name required"]);
    app.stop().await;
}

async fn a_genre_that_films_are_of_stays(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let genre = app.make(&boss, "/genres", json!({"name": {"en": "Windpunk"}})).await;
    let film = json!({"title": {"en": "Zephyr"}, "access": "FREE", "genres": [genre]});
    let films = [app.make(&boss, "/films", film.clone()).await, app.make(&boss, "/films", film).await];
    let path = format!("/genres/{genre}");
    let refused = app.admin(&boss, Method::DELETE, &path, Value::Null).await.is_problem(409, "genre_in_use");
    assert!(refused.json()["detail"].as_str().unwrap().contains("Films of this genre: 2."));
    app.admin(&boss, Method::DELETE, &format!("/films/{}", films[0]), Value::Null).await.is(204);
    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is_problem(409, "genre_in_use");
    app.admin(&boss, Method::DELETE, &format!("/films/{}", films[1]), Value::Null).await.is(204);
    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    app.stop().await;
}

async fn imports_find_a_genre_by_either_name(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let genre = app.make(&boss, "/genres", json!({"name": {"ru": "Ветропанк", "en": "Windpunk"}})).await;
    let lines = ["windpunk", "ВЕТРОПАНК"].map(|name| json!({"title": name, "genres": [name]}).to_string());
    import(&app, &lines.join("\n")).await;
    until("both films are of the genre", async || {
        let films = app.movies(&format!("/films?genre={genre}"), None).await.is(200).json();
        (films["total"] == 2).then_some(())
    })
    .await;
    app.stop().await;
}
