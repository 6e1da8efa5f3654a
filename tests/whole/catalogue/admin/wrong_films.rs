//! Films that cannot be taken, and what is told of them.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::{bare, wrong};
use crate::app::{MOVIES, TestApp};

on_every_database!(
    every_wrong_field_is_named_at_once,
    wrong_types_and_odd_values_are_refused_by_name,
    what_is_unknown_is_named_by_its_id,
    what_must_be_there_cannot_be_cleared,
    bodies_that_cannot_be_read_are_refused,
    hostile_texts_are_only_texts,
);

const NOBODY: &str = "018f0000-0000-7000-8000-00000000dead";

async fn every_wrong_field_is_named_at_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
    let draft = json!({
        "title": {"ru": "\u{0} "}, "description": {"ru": "ы".repeat(10_001)}, "year": 3000, "imdb_rating": -0.1,
        "actors": vec![NOBODY; 201], "duration_minutes": 100_001, "episodes": 1, "age_rating": "x".repeat(11),
        "video_url": "javascript:alert(1)",
    });
    let named = [
        "access required",
        "title required",
        "description.ru length",
        "year out_of_range",
        "imdb_rating out_of_range",
        "actors too_many",
        "duration_minutes out_of_range",
        "episodes only_series",
        "age_rating length",
        "video_url address",
    ];
    for (method, path) in [(Method::POST, "/films"), (Method::PUT, &path)] {
        let refused =
            app.admin(&boss, method, path, draft.clone()).await.is_problem(422, "validation_failed");
        assert_eq!(wrong(&refused), named);
    }
    let refused = app.admin(&boss, Method::PATCH, &path, draft).await.is_problem(422, "validation_failed");
    assert_eq!(wrong(&refused).len(), named.len() - 2, "access stays, and so does the English title");
    let russian = app.admin_request(&boss, Method::POST, "/films", &json!({"access": "FREE"}));
    let russian = russian.header("accept-language", "ru").send().await.is(422).json();
    assert_eq!(russian["errors"][0]["message"], "Нужно хотя бы на одном языке: ru или en.");
    app.stop().await;
}

async fn wrong_types_and_odd_values_are_refused_by_name(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
    for (field, value, named) in [
        ("title", json!("Zephyr"), "title"),
        ("title", json!(["Zephyr"]), "title"),
        ("title", json!({"en": 7}), "title.en"),
        ("title", json!({"en": "x".repeat(10_240)}), "title.en"),
        ("title", json!({"ru": "ё".repeat(501)}), "title.ru"),
        ("original_title", json!(true), "original_title"),
        ("kind", json!("cartoon"), "kind"),
        ("access", json!("free"), "access"),
        ("access", json!("OPEN"), "access"),
        ("year", json!("1999"), "year"),
        ("year", json!(1999.5), "year"),
        ("year", json!(1_000_000_000_000_u64), "year"),
        ("year", json!(1869), "year"),
        ("year", json!(2101), "year"),
        ("imdb_rating", json!("high"), "imdb_rating"),
        ("imdb_rating", json!(10.01), "imdb_rating"),
        ("genres", json!("drama"), "genres"),
        ("genres", json!(["drama"]), "genres[0]"),
        ("genres", json!([null]), "genres[0]"),
        ("actors", json!([{"name": "Ada"}]), "actors[0]"),
        ("writers", json!({"0": NOBODY}), "writers"),
        ("countries", json!(["x".repeat(201)]), "countries[0]"),
        ("countries", json!([7]), "countries[0]"),
        ("keywords", json!(vec!["x"; 201]), "keywords"),
        ("duration_minutes", json!(0), "duration_minutes"),
        ("duration_minutes", json!(-5), "duration_minutes"),
        ("seasons", json!(1), "seasons"),
        ("poster_url", json!("//evil.example/x"), "poster_url"),
        ("poster_url", json!("data:image/png;base64,AAAA"), "poster_url"),
        ("poster_url", json!(format!("/{}", "x".repeat(2000))), "poster_url"),
        ("video_url", json!("ftp://a.example"), "video_url"),
    ] {
        let mut film = bare("Zephyr");
        film[field] = value.clone();
        for (method, path, body) in [
            (Method::POST, "/films", film.clone()),
            (Method::PUT, &path, film),
            (Method::PATCH, &path, json!({field: value})),
        ] {
            let refused = app.admin(&boss, method.clone(), path, body).await;
            let refused = refused.is_problem(422, "validation_failed");
            assert_eq!(refused.json()["errors"][0]["field"], named, "{method}: {}", refused.text());
            assert!(refused.body.len() < 2000, "a long value is not sent back");
        }
    }
    assert_eq!(app.edited(&boss, &path).await["version"], 1);
    app.stop().await;
}

async fn what_is_unknown_is_named_by_its_id(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let ada = app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await;
    let mut film = bare("Zephyr");
    film["genres"] = json!([NOBODY]);
    film["writers"] = json!([ada, NOBODY]);
    film["actors"] = json!(vec![NOBODY; 3]);
    let refused = app.admin(&boss, Method::POST, "/films", film).await.is_problem(422, "validation_failed");
    assert_eq!(wrong(&refused), ["genres unknown_genre", "writers unknown_person", "actors unknown_person"]);
    for error in refused.json()["errors"].as_array().unwrap() {
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(NOBODY) && !message.contains(&ada), "{message}");
    }
    app.stop().await;
}

async fn what_must_be_there_cannot_be_cleared(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
    for (patch, named) in [
        (json!({"title": null}), "title required"),
        (json!({"title": {"en": null}}), "title required"),
        (json!({"title": {"en": " "}}), "title required"),
        (json!({"access": null}), "access required"),
    ] {
        let refused =
            app.admin(&boss, Method::PATCH, &path, patch).await.is_problem(422, "validation_failed");
        assert_eq!(wrong(&refused), [named]);
    }
    // What is replaced by something else than an object is not a film any more.
    for patch in [json!([]), json!("x"), json!(7), json!(null)] {
        let body = patch.to_string();
        let request = app.client.request(Method::PATCH, &format!("{MOVIES}{path}")).bearer(&boss.access);
        request.raw("application/merge-patch+json", body).send().await.is_problem(422, "validation_failed");
    }
    let request = app.client.request(Method::PATCH, &format!("{MOVIES}{path}")).bearer(&boss.access);
    let request = request.raw("application/merge-patch+json", r#"{"year": 1999}"#);
    assert_eq!(request.send().await.is(200).json()["year"], 1999);
    app.stop().await;
}

async fn bodies_that_cannot_be_read_are_refused(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let film = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
    let nested = "[".repeat(5000);
    for (method, path) in [
        (Method::POST, "/films"),
        (Method::POST, "/films/bulk"),
        (Method::POST, "/genres"),
        (Method::POST, "/persons"),
        (Method::PUT, &film),
        (Method::PATCH, &film),
    ] {
        let request = || app.client.request(method.clone(), &format!("{MOVIES}{path}")).bearer(&boss.access);
        for body in ["", "{", r#"{"title":}"#, "\u{0}", &nested] {
            request().raw("application/json", body.to_owned()).send().await.is_problem(400, "malformed_json");
        }
        for field in ["title", "items", "name", "full_name"] {
            let body = [b"{\"".as_slice(), field.as_bytes(), b"\":\"\xff\"}"].concat();
            let answer = request().raw("application/json", body).send().await;
            // What is no field of the request is passed over unread.
            assert!([400, 422].contains(&answer.status.as_u16()), "{path} {field}: {}", answer.text());
        }
        for body in ["[]", r#"[{"en":"x"}]"#] {
            request().raw("application/json", body).send().await.is_problem(422, "validation_failed");
        }
        request().raw("text/plain", "{}").send().await.is_problem(415, "unsupported_media_type");
        let limit = if path.ends_with("/bulk") { 32 } else { 1 } * 1024 * 1024;
        let large = format!(r#"{{"description":{{"en":"{}"}}}}"#, "x".repeat(limit));
        request().raw("application/json", large).send().await.is_problem(413, "body_too_large");
    }
    app.stop().await;
}

async fn hostile_texts_are_only_texts(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    for text in [
        "'; DROP TABLE films; --",
        "<script>alert(1)</script>",
        "\u{202e}gnp.exe",
        "🎬🎬🎬",
        "{{7*7}}${7*7}%s%n",
        "Robert\u{0}'); DELETE",
        "\"\\\"\\u0000\"",
        "ﷺ".repeat(500).as_str(),
    ] {
        let film = json!({
            "title": {"ru": text, "en": text}, "description": {"ru": text}, "access": "FREE", "keywords": [text],
            "countries": [&text.chars().take(200).collect::<String>()],
        });
        let made = app.admin(&boss, Method::POST, "/films", film).await;
        // Keywords are shorter than titles.
        if text.chars().count() > 200 {
            assert_eq!(wrong(&made.is_problem(422, "validation_failed")), ["keywords[0] length"]);
            continue;
        }
        let made = made.is(201).json();
        let kept: String = text.chars().filter(|c| *c != '\u{0}').collect();
        assert_eq!(made["title"], json!({"ru": kept, "en": kept}));
        let path = format!("/films/{}", made["id"].as_str().unwrap());
        assert_eq!(app.movies(&path, None).await.is(200).json()["title"], kept);
        app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    }
    app.stop().await;
}
