//! Forgotten passwords, from the letter to the new one.

use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, sea_query::Query};
use serde_json::json;

use crate::app::{AUTH, PASSWORD, Person, TestApp, token_of, until};

const ANNA: &str = "anna@example.org";
const NEW: &str = "five green camels";

on_every_database!(
    a_forgotten_password_is_replaced,
    known_and_unknown_addresses_are_answered_alike,
    a_link_opens_once_and_not_for_long,
    of_resets_at_the_same_time_one_is_made,
    the_tables_hold_no_token,
    asking_is_limited,
    an_address_that_looks_alike_gets_nothing,
    letters_wait_for_the_mail_server_and_through_a_restart,
);

async fn forgot(app: &TestApp, email: &str, language: &str) -> Answer {
    let forgot = app.client.post(&format!("{AUTH}/password/forgot"), &json!({"email": email}));
    forgot.header("accept-language", language).send().await
}

async fn reset(app: &TestApp, token: &str, new_password: &str) -> Answer {
    let body = json!({"token": token, "new_password": new_password});
    app.client.post(&format!("{AUTH}/password/reset"), &body).send().await
}

/// Registers anna and reads the letter that this brings.
async fn anna(app: &TestApp) -> (Person, String) {
    let anna = app.register("anna").await;
    let verification = token_of(&app.letter_to(ANNA).await, "/email/verify");
    (anna, verification)
}

/// Asks for a letter and reads the token in it.
async fn token_for_anna(app: &TestApp) -> String {
    forgot(app, ANNA, "en").await.is(202);
    token_of(&app.letter_to(ANNA).await, "/password/reset")
}

/// Waits until no letter is on its way.
async fn until_sent(app: &TestApp) {
    let auth = app.settings.open_database("auth").await.unwrap();
    let waiting = Query::select().column("id").from("letters").take();
    until("all letters are sent", async || {
        auth.read().query_all(&waiting).await.unwrap().is_empty().then_some(())
    })
    .await;
    auth.close().await.unwrap();
}

async fn a_forgotten_password_is_replaced(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (here, verification) = anna(&app).await;
    let elsewhere = app.sign_in("anna").await;
    // The letter speaks the language of the account.
    forgot(&app, "  Anna@EXAMPLE.org ", "ru").await.is(202);
    let letter = app.letter_to(ANNA).await;
    assert_eq!(letter.subject, "A new password");
    let token = token_of(&letter, "/password/reset");

    // What is wrong with the password does not spend the link.
    for (password, code) in [("short", "length"), ("password1", "common"), (ANNA, "personal")] {
        let refused = reset(&app, &token, password).await.is_problem(422, "validation_failed").json();
        assert_eq!(refused["errors"][0]["code"], code);
    }
    app.me(&here.access).send().await.is(200);
    reset(&app, &token, NEW).await.is(204);

    for session in [&here, &elsewhere] {
        app.me(&session.access).send().await.is_problem(401, "token_revoked");
        app.movies("/films", Some(session)).await.is_problem(401, "token_revoked");
        app.try_refresh(&session.refresh).await.is_problem(401, "token_revoked");
    }
    app.try_sign_in("anna", PASSWORD).await.is_problem(401, "bad_credentials");
    let again = Person::of(&app.try_sign_in("anna", NEW).await.is(200).json());
    let me = app.me(&again.access).send().await.is(200).json();
    assert_eq!(me["email_verified"], true, "who reads the letters has the address");
    let notice = app.letter_to(ANNA).await;
    assert_eq!(notice.subject, "Your password was changed");
    assert!(!notice.raw().contains(&token) && !notice.raw().contains(NEW));
    let body = json!({"token": verification});
    let spent = app.client.post(&format!("{AUTH}/email/verify"), &body).send().await;
    spent.is_problem(422, "link_invalid");
    app.stop().await;
}

async fn known_and_unknown_addresses_are_answered_alike(database: TestDatabase) {
    let app = TestApp::start(database).await;
    anna(&app).await;
    let plain = |answer: Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        headers.remove("date");
        (answer.status, headers, answer.body)
    };
    let unknown = plain(forgot(&app, "nobody@example.org", "en").await.is(202));
    assert_eq!(plain(forgot(&app, ANNA, "en").await.is(202)), unknown);
    assert!(unknown.2.is_empty());
    until_sent(&app).await;
    assert_eq!(app.letters().len(), 2);
    assert!(app.letters().iter().all(|letter| letter.to == ANNA));
    for address in
        ["", "anna", "anna@example.org\r\nBcc: boris@example.org", "anna@example.org, b@example.org"]
    {
        forgot(&app, address, "en").await.is_problem(422, "validation_failed");
    }
    app.stop().await;
}

async fn a_link_opens_once_and_not_for_long(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (person, verification) = anna(&app).await;
    for wrong in ["", "x", &verification, &"A".repeat(43), &"x".repeat(50_000), "\u{0}' OR 1=1 --"] {
        reset(&app, wrong, NEW).await.is_problem(422, "link_invalid");
    }
    // The newest alone.
    let (old, new) = (token_for_anna(&app).await, token_for_anna(&app).await);
    reset(&app, &old, NEW).await.is_problem(422, "link_invalid");
    // Half an hour.
    app.advance(30 * 60);
    reset(&app, &new, NEW).await.is_problem(422, "link_invalid");
    // A change of the password voids it.
    let token = token_for_anna(&app).await;
    let person = app.refresh(&person).await;
    let change = json!({"current_password": PASSWORD, "new_password": NEW});
    let change = app.client.post(&format!("{AUTH}/users/me/password"), &change);
    change.bearer(&person.access).send().await.is(204);
    reset(&app, &token, "six yellow camels").await.is_problem(422, "link_invalid");
    app.try_sign_in("anna", NEW).await.is(200);
    app.stop().await;
}

async fn of_resets_at_the_same_time_one_is_made(database: TestDatabase) {
    let app = TestApp::start(database).await;
    anna(&app).await;
    let token = token_for_anna(&app).await;
    let (first, second) =
        tokio::join!(reset(&app, &token, "five green camels"), reset(&app, &token, "six yellow camels"));
    let (winner, loser, password) = match first.status.as_u16() {
        204 => (first, second, "five green camels"),
        _ => (second, first, "six yellow camels"),
    };
    winner.is(204);
    loser.is_problem(422, "link_invalid");
    app.try_sign_in("anna", password).await.is(200);
    reset(&app, &token, NEW).await.is_problem(422, "link_invalid");
    app.stop().await;
}

async fn the_tables_hold_no_token(database: TestDatabase) {
    let app = TestApp::start(database).await;
    anna(&app).await;
    let token = token_for_anna(&app).await;
    let auth = app.settings.open_database("auth").await.unwrap();
    let query = Query::select().columns(["digest", "purpose", "address"]).from("one_time_tokens").take();
    let rows = auth.read().query_all(&query).await.unwrap();
    assert_eq!(rows.len(), 2, "one to verify, one to reset");
    for row in rows {
        let digest: Vec<u8> = row.try_get_by_index(0).unwrap();
        assert_eq!(digest.len(), 32);
        let texts: [String; 2] = [row.try_get_by_index(1).unwrap(), row.try_get_by_index(2).unwrap()];
        assert!(!texts.contains(&token) && !digest.starts_with(token.as_bytes()), "{texts:?}");
    }
    auth.close().await.unwrap();
    app.stop().await;
}

async fn asking_is_limited(database: TestDatabase) {
    let app = TestApp::start(database).await;
    anna(&app).await;
    for _ in 0..3 {
        token_for_anna(&app).await;
    }
    // More are silently not sent: an answer would say that others asked.
    for _ in 0..7 {
        forgot(&app, ANNA, "en").await.is(202);
    }
    for n in 0..10 {
        forgot(&app, &format!("nobody-{n}@example.org"), "en").await.is(202);
    }
    let refused = forgot(&app, "nobody@example.org", "en").await.is_problem(429, "too_many_requests");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 3000);
    until_sent(&app).await;
    assert_eq!(app.letters().len(), 4, "one to verify, three to reset");
    app.stop().await;
}

/// Addresses are compared in a folded form, but a letter goes to the one that the account has: mailboxes whose names
/// fold to the same are not the same.
async fn an_address_that_looks_alike_gets_nothing(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let fiona = json!({"username": "fiona", "email": "fiona@example.org", "password": PASSWORD});
    app.client.post(&format!("{AUTH}/sessions/register"), &fiona).send().await.is(201);
    app.letter_to("fiona@example.org").await;
    forgot(&app, "\u{fb01}ona@example.org", "en").await.is(202);
    let letter = app.letter_to("fiona@example.org").await;
    token_of(&letter, "/password/reset");
    assert!(app.letters().iter().all(|letter| letter.to == "fiona@example.org"));
    let alike = json!({"username": "other", "email": "\u{fb01}ona@example.org", "password": PASSWORD});
    let alike = app.client.post(&format!("{AUTH}/sessions/register"), &alike).send().await;
    alike.is_problem(409, "email_taken");
    app.stop().await;
}

async fn letters_wait_for_the_mail_server_and_through_a_restart(database: TestDatabase) {
    let nowhere = format!("smtp://127.0.0.1:{}", kino_testkit::free_port().unwrap());
    let mut app = TestApp::with(database, &[("KINO_MAIL", &nowhere)]).await;
    app.register("anna").await;
    forgot(&app, ANNA, "en").await.is(202);
    let auth = app.settings.open_database("auth").await.unwrap();
    let tried = Query::select().columns(["kind", "attempts"]).from("letters").take();
    until("both letters were tried", async || {
        let rows = auth.read().query_all(&tried).await.unwrap();
        let attempts = rows.iter().map(|row| row.try_get_by_index::<i32>(1).unwrap());
        (attempts.filter(|attempts| *attempts > 0).count() == 2).then_some(())
    })
    .await;
    auth.close().await.unwrap();

    "file:".clone_into(&mut app.settings.mail);
    let app = app.restart().await;
    app.advance(5 * 60);
    let mut subjects = [app.letter_to(ANNA).await.subject, app.letter_to(ANNA).await.subject];
    subjects.sort();
    assert_eq!(subjects, ["A new password", "Confirm your e-mail address"]);
    app.stop().await;
}
