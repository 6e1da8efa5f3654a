//! Several administrators at once.

use std::collections::BTreeSet;

use http::Method;
use kino_testkit::{Answer, Request, TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::bare;
use crate::app::{MOVIES, TestApp};

on_every_database!(
    of_many_who_change_what_all_saw_one_wins,
    without_a_condition_every_change_counts,
    a_stale_tag_is_refused_and_the_details_own_tag_counts,
    a_genre_or_person_is_not_deleted_under_a_film,
    a_deleted_film_comes_back_once,
    one_name_makes_one_genre_and_two_persons,
);

async fn at_once(requests: impl Iterator<Item = Request>) -> Vec<Answer> {
    let sent: Vec<_> = requests.map(|request| tokio::spawn(request.send())).collect();
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await.unwrap());
    }
    answers
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

async fn of_many_who_change_what_all_saw_one_wins(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
    for version in 1..=5 {
        let tag = format!("\"v{version}\"");
        let requests = (0..12).map(|n| {
            let (method, body) = match n % 3 {
                0 => (Method::PUT, bare(&format!("Zephyr {version} {n}"))),
                _ => (Method::PATCH, json!({"title": {"en": format!("Zephyr {version} {n}")}})),
            };
            app.admin_request(&boss, method, &path, &body).header("if-match", &tag)
        });
        let answers = at_once(requests).await;
        assert_eq!((count(&answers, 200), count(&answers, 412)), (1, 11));
        let won = answers.iter().find(|answer| answer.status == 200).unwrap().json();
        assert_eq!(app.edited(&boss, &path).await, won);
        for lost in answers.into_iter().filter(|answer| answer.status == 412) {
            lost.is_problem(412, "film_changed");
        }
    }
    let deleted =
        at_once((0..6).map(|_| {
            app.admin_request(&boss, Method::DELETE, &path, &Value::Null).header("if-match", "\"v6\"")
        }));
    let answers = deleted.await;
    assert_eq!((count(&answers, 204), count(&answers, 404)), (1, 5));
    app.stop().await;
}

async fn without_a_condition_every_change_counts(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
    let requests = (0..12)
        .map(|n| app.admin_request(&boss, Method::PATCH, &path, &json!({"keywords": [format!("k{n}")]})));
    let answers = at_once(requests).await;
    let versions: BTreeSet<_> =
        answers.into_iter().map(|answer| answer.is(200).json()["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, (2..=13).collect());
    let revisions = app.movies(&format!("{path}/revisions"), Some(&boss)).await.is(200).json();
    assert_eq!((&revisions["total"], &revisions["items"][0]["version"]), (&json!(13), &json!(13)));
    app.stop().await;
}

async fn a_stale_tag_is_refused_and_the_details_own_tag_counts(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.film(&boss, "Solaris").await);
    let seen = |language: &'static str, encoding: &'static str| {
        let request = app.client.get(&format!("{MOVIES}{path}")).header("accept-language", language);
        let request = request.header("accept-encoding", encoding);
        async move { request.send().await.is(200).header("etag").to_owned() }
    };
    for (n, (language, encoding)) in
        [("ru", "identity"), ("en", "identity"), ("en", "gzip")].into_iter().enumerate()
    {
        // Of the first change the detail shows nothing: its tag is another all the same.
        let (tag, body) =
            (seen(language, encoding).await, json!({"keywords": [encoding, language], "year": 1972 + n}));
        app.admin_if(&boss, Method::PATCH, &path, &tag, body.clone()).await.is(200);
        let again = app.admin_if(&boss, Method::PATCH, &path, &tag, json!({"year": 1980})).await;
        again.is_problem(412, "film_changed");
    }
    let version = app.edited(&boss, &path).await["version"].as_i64().unwrap();
    for tag in ["\"v1\"", "W/\"v3\"", "v3", "\"\"", "", "\"v1\", \"nonsense\"", "\"v30\"", "\"v\""] {
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let refused = app.admin_if(&boss, method, &path, tag, bare("Zephyr")).await;
            refused.is_problem(412, "film_changed");
        }
    }
    let restore = format!("{path}/revisions/1/restore");
    app.admin_if(&boss, Method::POST, &restore, "\"v1\"", Value::Null).await.is_problem(412, "film_changed");
    let current = format!("\"v1\", \"v{version}\"");
    app.admin_if(&boss, Method::PATCH, &path, &current, json!({"year": 1973, "keywords": []})).await.is(200);
    app.admin_if(&boss, Method::PATCH, &path, "*", json!({"year": 1974})).await.is(200);
    let nowhere = "/films/018f0000-0000-7000-8000-00000000dead";
    app.admin_if(&boss, Method::PUT, nowhere, "*", bare("Zephyr")).await.is_problem(404, "film_not_found");
    app.stop().await;
}

async fn a_genre_or_person_is_not_deleted_under_a_film(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    for round in 0..6 {
        let genre = app.make(&boss, "/genres", json!({"name": {"en": format!("Windpunk {round}")}})).await;
        let person = app.make(&boss, "/persons", json!({"full_name": format!("Ada {round}")})).await;
        let film = |_| {
            let film = json!({
                "title": {"en": "Zephyr"}, "access": "FREE", "genres": [genre], "actors": [person],
            });
            app.admin_request(&boss, Method::POST, "/films", &film)
        };
        let delete = |path| app.admin_request(&boss, Method::DELETE, path, &Value::Null);
        let (genre_path, person_path) = (format!("/genres/{genre}"), format!("/persons/{person}"));
        let requests =
            (0..2).map(film).chain([delete(&genre_path), delete(&person_path)]).chain((0..2).map(film));
        let answers = at_once(requests).await;
        let (films, deletions): (Vec<_>, Vec<_>) = (0..).zip(answers).partition(|(n, _)| ![2, 3].contains(n));
        let made = films.iter().filter(|(_, answer)| answer.status == 201).count();
        for (_, answer) in films.into_iter().filter(|(_, answer)| answer.status != 201) {
            answer.is_problem(422, "validation_failed");
        }
        for ((_, answer), code) in deletions.into_iter().zip(["genre_in_use", "person_in_use"]) {
            if answer.status == 204 {
                assert_eq!(made, 0, "round {round}");
            } else {
                answer.is_problem(409, code);
                assert!(made > 0, "round {round}");
            }
        }
    }
    app.stop().await;
}

async fn a_deleted_film_comes_back_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    for _ in 0..3 {
        let path = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
        app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
        let restore = format!("{path}/revisions/1/restore");
        let answers =
            at_once((0..8).map(|_| app.admin_request(&boss, Method::POST, &restore, &Value::Null))).await;
        // Those who came later find it as they want it, or are told that it was just restored.
        for answer in answers {
            if answer.status == 409 {
                answer.is_problem(409, "film_restored_meanwhile");
            } else {
                assert_eq!(answer.is(200).json()["version"], 3);
            }
        }
        assert_eq!(app.edited(&boss, &path).await["version"], 3);
    }
    app.stop().await;
}

async fn one_name_makes_one_genre_and_two_persons(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let genre = json!({"name": {"en": "Windpunk"}});
    let answers = at_once((0..8).map(|_| app.admin_request(&boss, Method::POST, "/genres", &genre))).await;
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, 7));
    let person = json!({"full_name": "Ada Quill"});
    let answers = at_once((0..8).map(|_| app.admin_request(&boss, Method::POST, "/persons", &person))).await;
    let persons: BTreeSet<_> =
        answers.into_iter().map(|answer| answer.is(201).json()["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(persons.len(), 8);
    let requests = persons.iter().map(|person| {
        let path = format!("/persons/{person}");
        app.admin_request(&boss, Method::PUT, &path, &json!({"full_name": "Ben Roe"}))
    });
    assert_eq!(count(&at_once(requests).await, 200), 8);
    app.stop().await;
}
