//! What every endpoint of auth answers to what it cannot use: a clear 4xx that names what is wrong.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use crate::app::{AUTH, PASSWORD, TestApp};

on_every_database!(bodies_that_are_wrong_are_refused_clearly, odd_names_and_headers_do_no_harm);

async fn bodies_that_are_wrong_are_refused_clearly(database: TestDatabase) {
    let app = TestApp::start(database).await;
    for path in ["register", "login", "mfa", "refresh"] {
        let path = format!("{AUTH}/sessions/{path}");
        let send = |content_type: &str, body: Vec<u8>| {
            app.client.request(Method::POST, &path).raw(content_type, body)
        };
        for malformed in ["", "{", "nonsense", "{\"login\":\"a\",}", "{} {}"] {
            let answer = send("application/json", malformed.into()).send().await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (400, "malformed_json"),
                "{malformed}"
            );
        }
        send("application/json", b"{\"login\":\"\xff\"}".into())
            .send()
            .await
            .is_problem(400, "malformed_json");
        send("application/json", "[".repeat(60_000).into()).send().await.is_problem(400, "malformed_json");
        for wrong in ["{}", "[]", "null", "7", "{\"username\":1,\"login\":1,\"refresh_token\":1}"] {
            let answer =
                send("application/json", wrong.into()).send().await.is_problem(422, "validation_failed");
            assert!(answer.json()["errors"][0]["message"].is_string(), "{}", answer.text());
        }
        send("text/plain", "{}".into()).send().await.is_problem(415, "unsupported_media_type");
        app.client.request(Method::POST, &path).send().await.is_problem(415, "unsupported_media_type");
        send("application/json", vec![b' '; 66_000]).send().await.is_problem(413, "body_too_large");
        let refused = app.client.get(&path).send().await.is_problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), "POST");
    }
    app.client.get(&format!("{AUTH}/nowhere")).send().await.is_problem(404, "route_not_found");
    app.stop().await;
}

async fn odd_names_and_headers_do_no_harm(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let register = |body: Value| app.client.post(&format!("{AUTH}/sessions/register"), &body);
    let wrong = register(json!({
        "username": "a b", "email": "nowhere", "password": "short", "first_name": "x".repeat(51), "timezone": "Mars!",
    }));
    let wrong =
        wrong.header("accept-language", "ru").send().await.is_problem(422, "validation_failed").json();
    let fields: Vec<_> =
        wrong["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["username", "email", "password", "first_name", "timezone"]);
    assert_eq!(wrong["errors"][2]["message"], "От 8 до 128 знаков.");

    // NUL goes nowhere, least of all into PostgreSQL.
    let nul = register(json!({"username": "nul\u{0}la", "email": "nulla@example.org", "password": PASSWORD}));
    assert_eq!(nul.send().await.is(201).json()["user"]["username"], "nulla");
    for login in ["\u{0}", "nul\u{0}la", "%", "' OR 1=1 --", &"x".repeat(60_000), "\u{202e}annа", ""] {
        let status = app.try_sign_in(login, "wrong password").await.status.as_u16();
        assert!(matches!(status, 401 | 429), "{login:?}: {status}");
    }
    let huge = json!({"login": "nulla", "password": "x".repeat(60_000)});
    app.client.post(&format!("{AUTH}/sessions/login"), &huge).send().await.is_problem(401, "bad_credentials");

    let agent = "Ω".repeat(2_000);
    let login = json!({"login": "nulla", "password": PASSWORD});
    let login = app.client.post(&format!("{AUTH}/sessions/login"), &login);
    let session = login.header("user-agent", &agent).send().await.is(200).json();
    let token = session["access_token"].as_str().unwrap();
    assert!(token.len() < 4_000, "a long User-Agent makes no long token: {}", token.len());
    app.me(token).send().await.is(200);

    let answer = app.client.get("/healthz").header("x-request-id", "abc-123").send().await.is(200);
    assert_eq!(answer.header("x-request-id"), "abc-123");
    let answer = app.client.get("/healthz").header("x-request-id", "a\"b").send().await.is(200);
    assert_eq!(answer.header("x-request-id").len(), 36);
    app.stop().await;
}
