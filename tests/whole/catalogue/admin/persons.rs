//! Making, renaming and deleting persons.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::wrong;
use crate::{
    app::{MOVIES, TestApp, until},
    catalogue::import::import,
};

on_every_database!(
    a_person_is_made_renamed_and_deleted,
    what_is_wrong_with_a_person_is_named,
    a_person_of_a_film_stays,
    imports_mean_the_first_of_a_name,
);

async fn a_person_is_made_renamed_and_deleted(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    for (sent, kept) in [
        (json!("Ada Quill"), json!({"en": "Ada Quill"})),
        (json!("Ада Куилл"), json!({"ru": "Ада Куилл"})),
        (json!({"ru": "Ада", "en": " Ada "}), json!({"ru": "Ада", "en": "Ada"})),
    ] {
        let made = app.admin(&boss, Method::POST, "/persons", json!({"full_name": sent})).await.is(201);
        assert_eq!(made.json()["full_name"], kept);
        let path = format!("/persons/{}", made.json()["id"].as_str().unwrap());
        assert_eq!(made.header("location"), format!("{MOVIES}{path}"));
        assert_eq!(app.edited(&boss, &path).await, made.json());
    }
    let made = app.admin(&boss, Method::POST, "/persons", json!({"full_name": "Ben Roe"})).await.is(201);
    let path = format!("/persons/{}", made.json()["id"].as_str().unwrap());
    let film = json!({"title": {"en": "Zephyr"}, "access": "FREE", "writers": [made.json()["id"]]});
    let film = format!("/films/{}", app.make(&boss, "/films", film).await);
    assert_eq!(app.movies(&film, None).await.is(200).json()["writers"][0]["full_name"], "Ben Roe");

    let tag = made.header("etag").to_owned();
    let change = json!({"full_name": {"en": "Benjamin Roe", "ru": "Бен Роу"}});
    let renamed = app.admin_if(&boss, Method::PATCH, &path, &tag, change).await.is(200);
    let seen = app.movies(&film, None).await.is(200).json();
    assert_eq!(seen["writers"][0]["full_name"], "Benjamin Roe", "films show it at once");
    until("the person is found by the new name", async || {
        let found = app.movies("/persons/search?query=benjamin+roe", None).await.is(200).json();
        (found["items"][0]["full_name"] == "Benjamin Roe").then_some(())
    })
    .await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let stale = app.admin_if(&boss, method, &path, &tag, json!({"full_name": "x"})).await;
        stale.is_problem(412, "person_changed");
    }
    let edited = app.movies(&format!("{path}/edit"), Some(&boss)).await.is(200);
    assert_eq!((edited.header("etag"), edited.json()), (renamed.header("etag"), renamed.json()));
    let replaced = app.admin(&boss, Method::PUT, &path, json!({"full_name": "Бен Роу"})).await.is(200).json();
    assert_eq!(replaced["full_name"], json!({"ru": "Бен Роу"}));

    app.admin(&boss, Method::DELETE, &film, Value::Null).await.is(204);
    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    for (method, path, body) in [
        (Method::GET, path.clone(), Value::Null),
        (Method::GET, format!("{path}/edit"), Value::Null),
        (Method::PUT, path.clone(), json!({"full_name": "x"})),
        (Method::PATCH, path.clone(), json!({})),
        (Method::DELETE, path, Value::Null),
    ] {
        app.admin(&boss, method, &path, body).await.is_problem(404, "person_not_found");
    }
    app.stop().await;
}

async fn what_is_wrong_with_a_person_is_named(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/persons/{}", app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await);
    for (body, named) in [
        (json!({}), "full_name required"),
        (json!({"full_name": null}), "full_name required"),
        (json!({"full_name": "  "}), "full_name required"),
        (json!({"full_name": {}}), "full_name required"),
        (json!({"full_name": 7}), "full_name invalid"),
        (json!({"full_name": {"ru": []}}), "full_name invalid"),
        (json!({"full_name": "x".repeat(10_240)}), "full_name.en length"),
        (json!({"full_name": {"ru": "ы".repeat(201)}}), "full_name.ru length"),
    ] {
        for (method, path) in [(Method::POST, "/persons"), (Method::PUT, &path)] {
            let refused =
                app.admin(&boss, method, path, body.clone()).await.is_problem(422, "validation_failed");
            assert_eq!(wrong(&refused), [named], "{body}");
        }
    }
    app.stop().await;
}

async fn a_person_of_a_film_stays(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let ada = app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await;
    let film = json!({"title": {"en": "Zephyr"}, "access": "FREE", "writers": [ada], "actors": [ada]});
    let film = format!("/films/{}", app.make(&boss, "/films", film).await);
    let path = format!("/persons/{ada}");
    let refused = app.admin(&boss, Method::DELETE, &path, Value::Null).await.is_problem(409, "person_in_use");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("Films of this person: 1."), "a film counts once: {detail}");
    app.admin(&boss, Method::PATCH, &film, json!({"writers": [], "actors": []})).await.is(200);
    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    app.stop().await;
}

async fn imports_mean_the_first_of_a_name(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let first = app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await;
    let second = app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await;
    let films = async |person: &str| {
        app.movies(&format!("/persons/{person}/films"), None).await.is(200).json()["total"].as_u64().unwrap()
    };
    import(&app, &json!({"title": "Zephyr", "actors": ["Ada Quill"]}).to_string()).await;
    assert_eq!((films(&first).await, films(&second).await), (1, 0));
    // A name that is given up means whoever takes it up next.
    app.admin(&boss, Method::PUT, &format!("/persons/{first}"), json!({"full_name": "Ada Roe"}))
        .await
        .is(200);
    app.admin(&boss, Method::PUT, &format!("/persons/{second}"), json!({"full_name": "ada quill"}))
        .await
        .is(200);
    import(&app, &json!({"title": "Breeze", "actors": ["Ada Quill"]}).to_string()).await;
    assert_eq!((films(&first).await, films(&second).await), (1, 1));
    app.stop().await;
}
