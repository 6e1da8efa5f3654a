//! Many films at once.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::bare;
use crate::app::{Person, TestApp, until};

on_every_database!(
    each_film_of_a_bulk_is_on_its_own,
    at_most_200_films_are_taken_at_once,
    an_answer_that_was_lost_makes_nothing_twice,
    two_hundred_films_with_the_longest_descriptions_are_taken,
);

async fn each_film_of_a_bulk_is_on_its_own(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let nobody = "018f0000-0000-7000-8000-00000000dead";
    let items = json!([
        bare("Zephyr"),
        {"title": {}, "year": 1},
        "not a film",
        {"title": {"en": "Breeze"}, "access": "FREE", "genres": [nobody]},
        null,
        {"title": {"ru": "Бриз"}, "access": "PAID"},
    ]);
    let request = app.admin_request(&boss, Method::POST, "/films/bulk", &json!({"items": items}));
    let answer =
        request.header("accept-language", "ru").header("x-request-id", "r-1").send().await.is(200).json();
    let results = answer["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 422, 422, 422, 422, 201]);
    let problem = &results[1]["problem"];
    assert_eq!((&problem["code"], &problem["request_id"]), (&json!("validation_failed"), &json!("r-1")));
    let fields: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["access", "title", "year"]);
    assert_eq!(problem["errors"][2]["message"], "От 1870 до 2100.");
    assert_eq!(results[3]["problem"]["errors"][0]["code"], "unknown_genre");
    for result in results {
        match result["id"].as_str() {
            Some(id) => drop(app.movies(&format!("/films/{id}"), Some(&boss)).await.is(200)),
            None => assert!(result["problem"]["detail"].is_string() && result.get("id").is_none()),
        }
    }
    app.stop().await;
}

async fn at_most_200_films_are_taken_at_once(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_DEMO", "false")]).await;
    let boss = app.administrator().await;
    let items = |count: usize| -> Value {
        json!({"items": (0..count).map(|n| bare(&format!("Serial {n}"))).collect::<Vec<_>>()})
    };
    let refused = app.admin(&boss, Method::POST, "/films/bulk", items(201)).await;
    assert_eq!(super::wrong(&refused.is_problem(422, "validation_failed")), ["items too_many"]);
    assert_eq!(app.movies("/films", None).await.is(200).json()["total"], 0);
    let made = app.admin(&boss, Method::POST, "/films/bulk", items(200)).await.is(200).json();
    assert!(made["results"].as_array().unwrap().iter().all(|result| result["status"] == 201), "{made}");
    until("all are in lists", async || {
        (app.movies("/films", None).await.is(200).json()["total"] == 200).then_some(())
    })
    .await;
    let none = app.admin(&boss, Method::POST, "/films/bulk", items(0)).await.is(200).json();
    assert_eq!(none, json!({"results": []}));
    for (body, named) in
        [(json!({}), "items"), (json!({"items": null}), "items"), (json!({"items": {}}), "items")]
    {
        let refused = app.admin(&boss, Method::POST, "/films/bulk", body).await;
        assert_eq!(refused.is_problem(422, "validation_failed").json()["errors"][0]["field"], named);
    }
    app.stop().await;
}

/// As when the program ends between the change and its answer: the answer is not kept, what was made is there.
async fn an_answer_that_was_lost_makes_nothing_twice(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_DEMO", "false")]).await;
    let boss = app.administrator().await;
    let asked = [
        ("/films/bulk", json!({"items": [bare("Zephyr"), {"title": {}}, bare("Zephyr")]})),
        ("/films", bare("Breeze")),
        ("/persons", json!({"full_name": "Ada Quill"})),
    ];
    let send = async |who: &Person, path: &str, body: &Value| {
        let request = app.admin_request(who, Method::POST, path, body).header("idempotency-key", "k-1");
        let answer = request.send().await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        assert_eq!(answer.header("idempotent-replayed"), "", "{path}: it is not a kept one");
        answer.json()
    };
    let mut first = Vec::new();
    for (path, body) in &asked {
        first.push(send(&boss, path, body).await);
    }
    let ids = |bulk: &Value| -> Vec<Value> {
        bulk["results"].as_array().unwrap().iter().map(|result| result["id"].clone()).collect()
    };
    let [one, wrong, other] = &ids(&first[0])[..] else { panic!("{}", first[0]) };
    assert!(one.is_string() && wrong.is_null() && other.is_string() && one != other, "{}", first[0]);
    // With another token, no kept answer is of this request.
    let boss = app.refresh(&boss).await;
    for ((path, body), first) in asked.iter().zip(&first) {
        let again = send(&boss, path, body).await;
        if path.ends_with("bulk") {
            assert_eq!(ids(&again), ids(first));
        } else {
            assert_eq!(&again, first, "{path}");
        }
    }
    let state = app.movies("/admin/index", Some(&boss)).await.is(200).json();
    assert_eq!(state["database"], json!({"films": 3, "persons": 1}));

    // What became of it since is not undone, and another key, or another film, makes another.
    let (breeze, boss) = (first[1]["id"].as_str().unwrap(), app.refresh(&boss).await);
    app.admin(&boss, Method::DELETE, &format!("/films/{breeze}"), Value::Null).await.is(204);
    assert_eq!(send(&boss, "/films", &bare("Breeze")).await["id"], breeze);
    app.movies(&format!("/films/{breeze}"), Some(&boss)).await.is_problem(404, "film_not_found");
    let other = app.refresh(&boss).await;
    assert_ne!(send(&other, "/films", &bare("Gale")).await["id"], breeze);
    let key =
        app.admin_request(&other, Method::POST, "/films", &bare("Breeze")).header("idempotency-key", "k-2");
    assert_ne!(key.send().await.is(201).json()["id"], breeze);

    // A key is remembered for a day.
    app.advance(25 * 60 * 60);
    let later = app.sign_in("boss").await;
    assert_ne!(send(&later, "/films", &bare("Breeze")).await["id"], breeze);
    app.stop().await;
}

async fn two_hundred_films_with_the_longest_descriptions_are_taken(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_DEMO", "false")]).await;
    let boss = app.administrator().await;
    let long = "Долгое описание. ".repeat(580);
    let film = |n: usize| json!({"title": {"ru": format!("Серия {n}")}, "access": "FREE", "description": {"ru": long, "en": long}});
    let items: Vec<Value> = (0..200).map(film).collect();
    let made = app.admin(&boss, Method::POST, "/films/bulk", json!({"items": items})).await.is(200).json();
    assert!(made["results"].as_array().unwrap().iter().all(|result| result["status"] == 201));
    app.stop().await;
}
