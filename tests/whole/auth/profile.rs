//! Changing one's own account.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::Method;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use serde_json::{Value, json};

use crate::app::{AUTH, PASSWORD, Person, TestApp, token_of};

const ANNA: &str = "anna@example.org";
const NEW: &str = "karenina@example.org";

on_every_database!(
    fields_are_changed_cleared_and_left,
    wrong_fields_are_named_and_nothing_changes,
    a_new_name_is_in_the_tokens_of_the_next_refresh,
    a_new_address_is_to_be_proven_and_the_old_one_is_told,
    a_new_address_needs_the_password,
    names_and_addresses_of_others_are_taken,
    links_to_the_old_address_open_nothing,
);

async fn patch(app: &TestApp, who: &Person, body: &Value) -> Answer {
    let path = format!("{AUTH}/users/me");
    app.client.request(Method::PATCH, &path).json(body).bearer(&who.access).send().await
}

async fn fields_are_changed_cleared_and_left(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let before = app.me(&anna.access).send().await.is(200).json();
    assert_eq!(patch(&app, &anna, &json!({})).await.is(200).json(), before);
    let body = json!({
        "first_name": " Анна ", "last_name": "Каренина", "gender": "FEMALE", "timezone": "Europe/Moscow",
        "language": "ru",
    });
    let mut wanted = before.clone();
    for (field, value) in body.as_object().unwrap() {
        wanted[field] = value.clone();
    }
    wanted["first_name"] = json!("Анна");
    assert_eq!(patch(&app, &anna, &body).await.is(200).json(), wanted);
    assert_eq!(app.me(&anna.access).send().await.is(200).json(), wanted);

    let cleared =
        json!({"last_name": null, "gender": null, "timezone": null, "language": null, "first_name": " "});
    let body = patch(&app, &anna, &cleared).await.is(200).json();
    for field in ["first_name", "last_name", "gender", "timezone", "language"] {
        assert_eq!(body[field], Value::Null, "{field}");
    }
    assert_eq!((&body["username"], &body["email"]), (&before["username"], &before["email"]));
    app.stop().await;
}

async fn wrong_fields_are_named_and_nothing_changes(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let before = app.me(&anna.access).send().await.is(200).json();
    let wrong = json!({
        "username": "a b", "email": "nowhere", "first_name": "x".repeat(51), "timezone": "Mars/Olympus",
        "last_name": "fine",
    });
    let told = patch(&app, &anna, &wrong).await.is_problem(422, "validation_failed").json();
    let fields: Vec<_> =
        told["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["username", "email", "first_name", "timezone"]);
    for wrong in [
        json!({"username": null}),
        json!({"email": null}),
        json!({"gender": "ROBOT"}),
        json!({"language": "de"}),
        json!({"timezone": 3}),
        json!({"email": "anna@example.org\r\nBcc: boris@example.org", "current_password": PASSWORD}),
    ] {
        patch(&app, &anna, &wrong).await.is_problem(422, "validation_failed");
    }
    assert_eq!(app.me(&anna.access).send().await.is(200).json(), before);
    let path = format!("{AUTH}/users/me");
    let nobody = app.client.request(Method::PATCH, &path).json(&json!({"first_name": "x"})).send().await;
    nobody.is_problem(401, "token_missing");
    app.stop().await;
}

async fn a_new_name_is_in_the_tokens_of_the_next_refresh(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let changed = patch(&app, &anna, &json!({"username": "Karenina"})).await.is(200).json();
    assert_eq!(changed["username"], "Karenina");
    app.me(&anna.access).send().await.is_problem(401, "token_stale");
    let anna = app.refresh(&anna).await;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(anna.access.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&claims).unwrap()["username"], "Karenina");
    app.try_sign_in("karenina", PASSWORD).await.is(200);
    app.try_sign_in("anna", PASSWORD).await.is_problem(401, "bad_credentials");
    // The name that was is free again; its own may be written otherwise.
    let other = json!({"username": "anna", "email": "other@example.org", "password": PASSWORD});
    app.client.post(&format!("{AUTH}/sessions/register"), &other).send().await.is(201);
    patch(&app, &anna, &json!({"username": "KARENINA"})).await.is(200);
    app.stop().await;
}

async fn a_new_address_is_to_be_proven_and_the_old_one_is_told(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let first = token_of(&app.letter_to(ANNA).await, "/email/verify");
    app.client.post(&format!("{AUTH}/email/verify"), &json!({"token": first})).send().await.is(204);

    let change = json!({"email": NEW, "current_password": PASSWORD});
    let changed = patch(&app, &anna, &change).await.is(200).json();
    assert_eq!((&changed["email"], &changed["email_verified"]), (&json!(NEW), &json!(false)));
    let notice = app.letter_to(ANNA).await;
    assert_eq!(notice.subject, "Your e-mail address was changed");
    assert!(!notice.raw().contains("karenina"), "the old address need not learn the new one");
    let token = token_of(&app.letter_to(NEW).await, "/email/verify");
    app.client.post(&format!("{AUTH}/email/verify"), &json!({"token": token})).send().await.is(204);
    let me = app.me(&anna.access).send().await.is(200).json();
    assert_eq!((&me["email"], &me["email_verified"]), (&json!(NEW), &json!(true)));
    app.try_sign_in(NEW, PASSWORD).await.is(200);
    app.try_sign_in(ANNA, PASSWORD).await.is_problem(401, "bad_credentials");
    app.stop().await;
}

async fn a_new_address_needs_the_password(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    for (body, code) in [
        (json!({"email": NEW}), "required"),
        (json!({"email": NEW, "current_password": "a guess of theirs"}), "wrong"),
        // Written otherwise it may be another mailbox.
        (json!({"email": "ANNA@example.org"}), "required"),
    ] {
        let refused = patch(&app, &anna, &body).await.is_problem(422, "validation_failed").json();
        let error = &refused["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!("current_password"), &json!(code)), "{body}");
    }
    // The one it has needs none.
    patch(&app, &anna, &json!({"email": ANNA, "first_name": "Anna"})).await.is(200);
    for n in 0..5 {
        let body = json!({"email": format!("anna-{n}@example.org"), "current_password": PASSWORD});
        patch(&app, &anna, &body).await.is(200);
    }
    let more = json!({"email": NEW, "current_password": PASSWORD});
    patch(&app, &anna, &more).await.is_problem(429, "too_many_requests");
    app.stop().await;
}

async fn names_and_addresses_of_others_are_taken(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    app.register("boris").await;
    let before = app.me(&anna.access).send().await.is(200).json();
    patch(&app, &anna, &json!({"username": "BORIS", "first_name": "Boris"}))
        .await
        .is_problem(409, "username_taken");
    let body = json!({"email": "Boris@Example.org", "current_password": PASSWORD, "first_name": "Boris"});
    patch(&app, &anna, &body).await.is_problem(409, "email_taken");
    assert_eq!(app.me(&anna.access).send().await.is(200).json(), before);
    app.stop().await;
}

async fn links_to_the_old_address_open_nothing(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let verification = token_of(&app.letter_to(ANNA).await, "/email/verify");
    app.client.post(&format!("{AUTH}/password/forgot"), &json!({"email": ANNA})).send().await.is(202);
    let reset = token_of(&app.letter_to(ANNA).await, "/password/reset");
    let change = json!({"email": NEW, "current_password": PASSWORD});
    patch(&app, &anna, &change).await.is(200);

    let body = json!({"token": verification});
    let refused = app.client.post(&format!("{AUTH}/email/verify"), &body).send().await;
    refused.is_problem(422, "link_invalid");
    let body = json!({"token": reset, "new_password": "five green camels"});
    let refused = app.client.post(&format!("{AUTH}/password/reset"), &body).send().await;
    refused.is_problem(422, "link_invalid");
    app.try_sign_in("anna", PASSWORD).await.is(200);
    app.stop().await;
}
