//! Asking what an account may do.

use http::Method;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{
    ConnectionTrait as _,
    sea_query::{Expr, ExprTrait as _, Query},
};
use serde_json::json;

use crate::app::{AUTH, Person, TestApp};

on_every_database!(
    what_an_account_may_do_is_told_from_its_roles_in_force,
    a_blocked_account_may_do_nothing,
    who_may_ask_and_what,
);

impl TestApp {
    async fn has_permission(&self, by: &Person, whom: &str, query: &str) -> Answer {
        let path = format!("{AUTH}/users/{whom}/has-permission{query}");
        self.client.get(&path).bearer(&by.access).send().await
    }
}

async fn what_an_account_may_do_is_told_from_its_roles_in_force(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    let asked = async |query: &str| {
        let answer = app.has_permission(&boss, &anna.id, query).await.is(200).json();
        (answer["has_permission"].as_bool().unwrap(), answer["missing"].clone())
    };
    assert_eq!(asked("?permission=FREE_FILMS").await, (true, json!([])));
    assert_eq!(asked("?permission=FREE_FILMS,PAID_FILMS").await, (false, json!(["PAID_FILMS"])));
    let repeated = "?permission=PAID_FILMS&permission=CRUD_FILMS,%20PAID_FILMS&permission=FREE_FILMS,";
    assert_eq!(asked(repeated).await, (false, json!(["CRUD_FILMS", "PAID_FILMS"])));

    // By the database, not by a token: at once, and no longer than the role is in force.
    let path = format!("{AUTH}/users/{}/roles/SUB_USER", anna.id);
    let soon = json!({"expires_at": app.clock.now() + chrono::TimeDelta::minutes(1)});
    app.client.request(Method::PUT, &path).bearer(&boss.access).json(&soon).send().await.is(204);
    assert_eq!(asked("?permission=PAID_FILMS").await, (true, json!([])));
    app.advance(61);
    assert_eq!(asked("?permission=PAID_FILMS").await, (false, json!(["PAID_FILMS"])));
    app.stop().await;
}

async fn a_blocked_account_may_do_nothing(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    let auth = app.settings.open_database("auth").await.unwrap();
    let block = Query::update()
        .table("users")
        .value("blocked_at", app.clock.now())
        .and_where(Expr::col("username").eq("anna"))
        .to_owned();
    let tx = auth.begin().await.unwrap();
    tx.execute(&block).await.unwrap();
    tx.commit().await.unwrap();
    auth.close().await.unwrap();
    let answer = app.has_permission(&boss, &anna.id, "?permission=FREE_FILMS").await.is(200).json();
    assert_eq!(answer, json!({"has_permission": false, "missing": ["FREE_FILMS"]}));
    app.stop().await;
}

async fn who_may_ask_and_what(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    let nobody = "018f0000-0000-7000-8000-000000000000";
    let free = "?permission=FREE_FILMS";
    app.has_permission(&anna, &anna.id, free).await.is(200);
    for other in [boris.id.as_str(), nobody] {
        app.has_permission(&anna, other, free).await.is_problem(403, "permission_denied");
    }
    app.has_permission(&boss, nobody, free).await.is_problem(404, "user_not_found");
    app.has_permission(&boss, "anna", free).await.is_problem(404, "not_found");
    let path = format!("{AUTH}/users/{}/has-permission{free}", anna.id);
    app.client.get(&path).send().await.is_problem(401, "token_missing");
    for (query, code) in [
        ("", "required"),
        ("?permission=", "required"),
        ("?permission=,", "required"),
        ("?permission=ROOT", "unknown"),
        ("?permission=FREE_FILMS,free_films", "unknown"),
        ("?permission=%00", "unknown"),
        ("?permission=FREE_FILMS&permission=%D0%9D%D0%95%D0%A2", "unknown"),
    ] {
        let refused = app.has_permission(&anna, &anna.id, query).await.is_problem(422, "validation_failed");
        let error = &refused.json()["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!("permission"), &json!(code)), "{query}");
    }
    app.stop().await;
}
