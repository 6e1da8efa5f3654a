//! The export of all one's data.

use http::Method;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::app::{AUTH, Person, TestApp, until};

on_every_database!(
    an_export_has_all_that_is_kept_of_one_and_nothing_of_others,
    a_long_history_is_exported_whole,
    data_is_exported_five_times_a_day,
);

async fn export(app: &TestApp, person: &Person) -> Answer {
    app.client.get(&format!("{AUTH}/users/me/export")).bearer(&person.access).send().await
}

fn column<'a>(list: &'a Value, name: &str) -> Vec<&'a Value> {
    list.as_array().unwrap().iter().map(|item| &item[name]).collect()
}

async fn an_export_has_all_that_is_kept_of_one_and_nothing_of_others(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    app.change_role(&boss, Method::PUT, &anna, "SUB_USER").await.is(204);
    app.change_role(&boss, Method::PUT, &boris, "SUB_USER").await.is(204);
    let logout = format!("{AUTH}/sessions/logout");
    app.client.request(Method::POST, &logout).bearer(&anna.access).send().await.is(204);
    app.advance(60);
    app.try_sign_in("anna", "wrong password").await.is_problem(401, "bad_credentials");
    until("the failure is in the history", async || {
        let path = format!("{AUTH}/users/{}/entry-history", anna.id);
        let history = app.client.get(&path).bearer(&boss.access).send().await.is(200).json();
        (history["total"] == 2).then_some(())
    })
    .await;
    app.advance(60);
    let anna = app.sign_in("anna").await;

    let answer = export(&app, &anna).await.is(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"kinoservice-2026-09-21.json\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    let file = answer.json();
    assert_eq!(file["exported_at"], json!(app.clock.now()));
    let auth = &file["auth"];
    let account = &auth["account"];
    assert_eq!((&account["username"], &account["email"]), (&json!("anna"), &json!("anna@example.org")));
    assert_eq!((&account["id"], &account["has_password"]), (&json!(anna.id), &json!(true)));
    assert_eq!(column(&auth["roles"], "code"), ["SUB_USER", "UNSUB_USER"]);
    assert_eq!(column(&auth["roles"], "given_by"), [&json!(boss.id), &json!(null)]);
    let ended = column(&auth["sessions"], "ended_at");
    assert_eq!((ended.len(), ended[0].is_string(), ended[1].is_null()), (2, true, true));
    assert_eq!(auth["known_sources"].as_array().unwrap().len(), 2);
    assert_eq!(column(&auth["sign_ins"], "success"), [true, false, true]);
    assert_eq!(column(&auth["sign_ins"], "method"), ["registration", "password", "password"]);
    assert_eq!(column(&auth["audit"], "action"), ["role.given", "account.exported"]);

    let text = answer.text();
    for of_others in ["boris", "boss@", boris.id.as_str(), "$argon2id$", "refresh"] {
        assert!(!text.contains(of_others), "{of_others}: {text}");
    }
    app.client.get(&format!("{AUTH}/users/me/export")).send().await.is_problem(401, "token_missing");
    app.stop().await;
}

/// Several at the same moment, over the edges of what is read in one go.
async fn a_long_history_is_exported_whole(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let auth = app.settings.open_database("auth").await.unwrap();
    let tx = auth.begin().await.unwrap();
    let is_sqlite = auth.engine_name() == "SQLite";
    let copy = |n: u32| {
        let at = format!("2026-09-{:02}T10:00:00+00:00", 1 + n / 100);
        let id = sea_orm::prelude::Uuid::from_u128(n.into());
        let id = if is_sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'") };
        format!(
            "INSERT INTO sign_ins (user_id, login_at, id, session_id, user_agent, device_type, ip, method, success) \
             SELECT user_id, '{at}', {id}, session_id, user_agent, device_type, ip, 'copy {n}', success \
             FROM sign_ins WHERE method = 'registration'"
        )
    };
    for n in 0..1200 {
        tx.execute_unprepared(&copy(n)).await.unwrap();
    }
    tx.commit().await.unwrap();
    auth.close().await.unwrap();
    let file = export(&app, &anna).await.is(200).json();
    let methods = column(&file["auth"]["sign_ins"], "method");
    assert_eq!(methods.len(), 1201);
    for (n, method) in methods[..1200].iter().enumerate() {
        assert_eq!(**method, json!(format!("copy {n}")));
    }
    app.stop().await;
}

async fn data_is_exported_five_times_a_day(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    for _ in 0..5 {
        export(&app, &anna).await.is(200);
    }
    let refused = export(&app, &anna).await.is_problem(429, "too_many_exports");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=24 * 60 * 60).contains(&wait), "{wait}");
    export(&app, &boris).await.is(200);
    app.stop().await;
}
