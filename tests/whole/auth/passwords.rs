//! Choosing a password and changing it.

use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, sea_query::Query};
use serde_json::{Value, json};

use crate::app::{AUTH, PASSWORD, Person, TestApp};

const NEW: &str = "five green camels";

on_every_database!(
    a_common_or_personal_password_is_refused,
    a_change_ends_the_other_sessions_and_keeps_this_one,
    a_change_needs_the_current_password,
    a_stolen_token_is_no_way_to_guess_the_password,
    of_changes_at_the_same_time_one_is_made,
    a_first_password_needs_a_new_sign_in,
);

async fn change(app: &TestApp, who: &Person, body: &Value) -> Answer {
    app.client.post(&format!("{AUTH}/users/me/password"), body).bearer(&who.access).send().await
}

fn wrong_field(answer: Answer) -> (String, String) {
    let problem = answer.is_problem(422, "validation_failed").json();
    let text = |name: &str| problem["errors"][0][name].as_str().unwrap().to_owned();
    (text("field"), text("code"))
}

async fn a_common_or_personal_password_is_refused(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let register = async |password: &str| {
        let body =
            json!({"username": "anna.karenina", "email": "karenina@example.org", "password": password});
        app.client.post(&format!("{AUTH}/sessions/register"), &body).send().await
    };
    for (password, code) in [
        ("short", "length"),
        (&"xy".repeat(65), "length"),
        ("password", "common"),
        ("Qwerty123", "common"),
        ("ЙЦУКЕНГШЩЗ", "common"),
        ("пароль123", "common"),
        ("Anna.Karenina", "personal"),
        ("karenina@EXAMPLE.org", "personal"),
        ("KARENINA", "personal"),
    ] {
        assert_eq!(wrong_field(register(password).await), ("password".into(), code.into()), "{password}");
    }
    let anna = Person::of(&register(PASSWORD).await.is(201).json()["session"]);
    for (password, code) in
        [("short", "length"), ("password1", "common"), ("gfhjkm123", "common"), ("anna.karenina", "personal")]
    {
        let body = json!({"current_password": PASSWORD, "new_password": password});
        let wrong = wrong_field(change(&app, &anna, &body).await);
        assert_eq!(wrong, ("new_password".into(), code.into()), "{password}");
    }
    app.try_sign_in("anna.karenina", PASSWORD).await.is(200);
    app.stop().await;
}

async fn a_change_ends_the_other_sessions_and_keeps_this_one(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let here = app.register("anna").await;
    let (elsewhere, boris) = (app.sign_in("anna").await, app.register("boris").await);
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    change(&app, &here, &body).await.is(204);

    app.me(&here.access).send().await.is(200);
    app.me(&elsewhere.access).send().await.is_problem(401, "token_revoked");
    app.movies("/films", Some(&elsewhere)).await.is_problem(401, "token_revoked");
    app.try_refresh(&elsewhere.refresh).await.is_problem(401, "token_revoked");
    app.refresh(&here).await;
    app.me(&boris.access).send().await.is(200);
    app.try_sign_in("anna", PASSWORD).await.is_problem(401, "bad_credentials");
    app.try_sign_in("anna", NEW).await.is(200);
    let letters = [app.letter_to("anna@example.org").await, app.letter_to("anna@example.org").await];
    assert!(letters.iter().any(|letter| letter.subject == "Your password was changed"));
    assert!(letters.iter().all(|letter| !letter.raw().contains(NEW)));

    let app = app.restart().await;
    app.me(&elsewhere.access).send().await.is_problem(401, "token_revoked");
    app.try_sign_in("anna", PASSWORD).await.is_problem(401, "bad_credentials");
    app.stop().await;
}

async fn a_change_needs_the_current_password(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    for (body, code) in [
        (json!({"new_password": NEW}), "required"),
        (json!({"current_password": null, "new_password": NEW}), "required"),
        (json!({"current_password": "", "new_password": NEW}), "wrong"),
        (json!({"current_password": NEW, "new_password": NEW}), "wrong"),
        (json!({"current_password": "x".repeat(60_000), "new_password": NEW}), "wrong"),
    ] {
        let wrong = wrong_field(change(&app, &anna, &body).await);
        assert_eq!(wrong, ("current_password".into(), code.into()), "{body}");
    }
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    let path = format!("{AUTH}/users/me/password");
    app.client.post(&path, &body).send().await.is_problem(401, "token_missing");
    app.client.post(&path, &body).bearer(&anna.refresh).send().await.is_problem(401, "token_invalid");
    app.try_sign_in("anna", PASSWORD).await.is(200);
    app.stop().await;
}

async fn a_stolen_token_is_no_way_to_guess_the_password(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    let guess = json!({"current_password": "a guess of theirs", "new_password": NEW});
    let mut refused = None;
    for _ in 0..12 {
        let answer = change(&app, &anna, &guess).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(wrong_field(answer).1, "wrong");
    }
    let refused = refused.expect("guessing is held up").is_problem(429, "too_many_attempts");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    let right = json!({"current_password": PASSWORD, "new_password": NEW});
    change(&app, &anna, &right).await.is_problem(429, "too_many_attempts");
    change(&app, &boris, &right).await.is(204);
    app.stop().await;
}

async fn of_changes_at_the_same_time_one_is_made(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let to = async |new: &str| {
        let body = json!({"current_password": PASSWORD, "new_password": new});
        change(&app, &anna, &body).await.status.as_u16()
    };
    let (first, second) = tokio::join!(to("five green camels"), to("six yellow camels"));
    // The later one compared with a password that is no more: at the hash or under the lock.
    let mut statuses = [first, second];
    statuses.sort_unstable();
    assert!(matches!(statuses, [204, 409 | 422]), "{statuses:?}");
    let winner = if first == 204 { "five green camels" } else { "six yellow camels" };
    app.try_sign_in("anna", winner).await.is(200);
    app.stop().await;
}

/// An account that signs in elsewhere has no password to show.
async fn a_first_password_needs_a_new_sign_in(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let fresh = app.register("anna").await;
    let auth = app.settings.open_database("auth").await.unwrap();
    let tx = auth.begin().await.unwrap();
    tx.execute(Query::update().table("users").value("password_hash", None::<String>)).await.unwrap();
    tx.commit().await.unwrap();
    auth.close().await.unwrap();

    app.try_sign_in("anna", PASSWORD).await.is_problem(401, "bad_credentials");
    let refreshed = app.refresh(&fresh).await;
    let first = json!({"new_password": NEW});
    change(&app, &refreshed, &first).await.is_problem(403, "fresh_sign_in_required");
    change(&app, &fresh, &first).await.is(204);
    app.try_sign_in("anna", NEW).await.is(200);
    let body = json!({"new_password": PASSWORD});
    assert_eq!(wrong_field(change(&app, &fresh, &body).await).1, "required", "now it has one");
    app.stop().await;
}
