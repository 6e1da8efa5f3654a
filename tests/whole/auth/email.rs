//! Proving that an address is one's own.

use kino_testkit::{Answer, TestDatabase, on_every_database};
use serde_json::json;

use crate::app::{AUTH, Person, TestApp, token_of};

const ANNA: &str = "anna@example.org";

on_every_database!(
    registration_asks_to_verify_the_address,
    the_letter_may_be_asked_for_again,
    a_link_opens_once_and_for_a_day,
);

async fn verify(app: &TestApp, token: &str) -> Answer {
    app.client.post(&format!("{AUTH}/email/verify"), &json!({"token": token})).send().await
}

async fn ask_again(app: &TestApp, who: &Person) -> Answer {
    let path = format!("{AUTH}/email/verify/send");
    app.client.request(http::Method::POST, &path).bearer(&who.access).send().await
}

async fn is_verified(app: &TestApp, who: &Person) -> bool {
    app.me(&who.access).send().await.is(200).json()["email_verified"] == true
}

async fn registration_asks_to_verify_the_address(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let body = json!({"username": "anna", "email": "Anna@Example.org", "password": crate::app::PASSWORD});
    let register = app.client.post(&format!("{AUTH}/sessions/register"), &body);
    let register = register.header("accept-language", "ru").send().await.is(201).json();
    assert_eq!(
        (&register["user"]["email_verified"], &register["user"]["language"]),
        (&json!(false), &json!("ru"))
    );
    let anna = Person::of(&register["session"]);
    let letter = app.letter_to("Anna@example.org").await;
    assert_eq!(letter.subject, "Подтвердите адрес почты");
    let token = token_of(&letter, "/email/verify");

    assert!(!is_verified(&app, &anna).await);
    verify(&app, &token).await.is(204);
    assert!(is_verified(&app, &anna).await);
    verify(&app, &token).await.is_problem(422, "link_invalid");
    ask_again(&app, &anna).await.is_problem(409, "email_already_verified");
    app.stop().await;
}

async fn the_letter_may_be_asked_for_again(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let mut tokens = vec![token_of(&app.letter_to(ANNA).await, "/email/verify")];
    for _ in 0..3 {
        ask_again(&app, &anna).await.is(202);
        tokens.push(token_of(&app.letter_to(ANNA).await, "/email/verify"));
    }
    let refused = ask_again(&app, &anna).await.is_problem(429, "too_many_requests");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 3000);
    let newest = tokens.pop().unwrap();
    for older in tokens {
        verify(&app, &older).await.is_problem(422, "link_invalid");
    }
    verify(&app, &newest).await.is(204);
    let path = format!("{AUTH}/email/verify/send");
    app.client.request(http::Method::POST, &path).send().await.is_problem(401, "token_missing");
    app.stop().await;
}

async fn a_link_opens_once_and_for_a_day(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let token = token_of(&app.letter_to(ANNA).await, "/email/verify");
    app.advance(24 * 3600 - 1);
    let anna = app.refresh(&anna).await;
    for wrong in ["", "x", &anna.access, &token[1..], &format!("{token}A")] {
        verify(&app, wrong).await.is_problem(422, "link_invalid");
    }
    app.advance(1);
    verify(&app, &token).await.is_problem(422, "link_invalid");
    assert!(!is_verified(&app, &anna).await);
    // Two clicks at once are one.
    ask_again(&app, &anna).await.is(202);
    let token = token_of(&app.letter_to(ANNA).await, "/email/verify");
    let (one, two) = tokio::join!(verify(&app, &token), verify(&app, &token));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
    assert!(is_verified(&app, &anna).await);
    app.stop().await;
}
