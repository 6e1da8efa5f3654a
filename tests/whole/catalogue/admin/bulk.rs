//! Many films at once.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::bare;
use crate::app::{TestApp, until};

on_every_database!(each_film_of_a_bulk_is_on_its_own, at_most_200_films_are_taken_at_once);

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
