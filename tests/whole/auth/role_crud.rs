//! Making roles, changing them, deleting them.

use http::Method;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, sea_query::Query};
use serde_json::{Value, json};

use crate::app::{AUTH, Person, TestApp, until};

on_every_database!(
    roles_are_made_listed_changed_and_deleted,
    what_is_wrong_with_a_role_is_named,
    a_code_is_taken_once,
    a_key_makes_making_a_role_safe_to_repeat,
    a_role_that_someone_has_stays,
    giving_and_deleting_at_once_agree,
    a_lapsed_role_is_forgotten_in_time,
    a_role_given_again_for_good_does_not_lapse,
    changes_are_in_the_audit_log,
);

impl TestApp {
    pub(super) async fn roles(&self, by: &Person, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.client.request(method, &format!("{AUTH}/roles{path}")).bearer(&by.access);
        match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }

    pub(super) async fn make_role(&self, by: &Person, code: &str, permissions: &[&str]) -> Answer {
        let body = json!({"code": code, "name": code, "permissions": permissions});
        self.roles(by, Method::POST, "", Some(body)).await
    }

    pub(super) async fn change_permissions(&self, by: &Person, code: &str, permissions: &[&str]) -> Answer {
        let body = json!({"name": code, "permissions": permissions});
        self.roles(by, Method::PUT, &format!("/{code}"), Some(body)).await
    }

    pub(super) async fn delete_role(&self, by: &Person, code: &str) -> Answer {
        self.roles(by, Method::DELETE, &format!("/{code}"), None).await
    }

    pub(super) async fn give_until(&self, by: &Person, who: &Person, role: &str, seconds: i64) -> Answer {
        let path = format!("{AUTH}/users/{}/roles/{role}", who.id);
        let body = json!({"expires_at": self.clock.now() + chrono::TimeDelta::seconds(seconds)});
        self.client.request(Method::PUT, &path).bearer(&by.access).json(&body).send().await
    }

    /// Someone who has this role beside that of every newcomer.
    pub(super) async fn person_with(&self, by: &Person, username: &str, role: &str) -> Person {
        let person = self.register(username).await;
        self.change_role(by, Method::PUT, &person, role).await.is(204);
        self.refresh(&person).await
    }
}

fn codes(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect()
}

async fn roles_are_made_listed_changed_and_deleted(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let list = app.roles(&boss, Method::GET, "", None).await.is(200).json();
    assert_eq!(codes(&list), ["ADMIN", "ANONYMOUS", "SUB_USER", "UNSUB_USER"]);
    assert_eq!(list["items"][0]["users"], 1);
    assert_eq!(
        list["items"][2],
        json!({
            "code": "SUB_USER", "name": "Subscriber", "description": null, "built_in": true, "users": 0,
            "permissions": ["PAID_FILMS", "FREE_FILMS"],
        })
    );

    let body = json!({
        "code": "EDITOR", "name": " Редак\u{0}тор ", "description": "Правит каталог",
        "permissions": ["FREE_FILMS", "CRUD_FILMS", "FREE_FILMS"],
    });
    let made = app.roles(&boss, Method::POST, "", Some(body)).await.is(201);
    assert_eq!(made.header("location"), format!("{AUTH}/roles/EDITOR"));
    let editor = json!({
        "code": "EDITOR", "name": "Редактор", "description": "Правит каталог", "built_in": false, "users": 0,
        "permissions": ["CRUD_FILMS", "FREE_FILMS"],
    });
    assert_eq!(made.json(), editor);
    let found = app.client.get(made.header("location")).bearer(&boss.access).send().await.is(200);
    assert_eq!(found.json(), editor);

    let body = json!({"code": "EDITOR", "name": "Editor", "permissions": []});
    let changed = app.roles(&boss, Method::PUT, "/EDITOR", Some(body)).await.is(200).json();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Editor"), &json!(null)));
    assert_eq!(changed["permissions"], json!([]));
    app.person_with(&boss, "anna", "EDITOR").await;
    let found = app.roles(&boss, Method::GET, "/EDITOR", None).await.is(200).json();
    assert_eq!((&found["name"], &found["users"]), (&json!("Editor"), &json!(1)));
    let second = app.roles(&boss, Method::GET, "?page_number=2&page_size=2", None).await.is(200).json();
    assert_eq!((codes(&second), &second["total"]), (vec!["EDITOR", "SUB_USER"], &json!(5)));

    app.make_role(&boss, "SHORT_LIVED", &[]).await.is(201);
    app.delete_role(&boss, "SHORT_LIVED").await.is(204);
    for method in [Method::GET, Method::DELETE] {
        app.roles(&boss, method, "/SHORT_LIVED", None).await.is_problem(404, "role_not_found");
    }
    app.change_permissions(&boss, "SHORT_LIVED", &[]).await.is_problem(404, "role_not_found");

    for (language, free) in [("ru", "Смотреть бесплатные фильмы"), ("en", "Watch free films")]
    {
        let permissions = app.client.get(&format!("{AUTH}/permissions")).header("accept-language", language);
        let permissions = permissions.bearer(&boss.access).send().await.is(200).json();
        assert_eq!(
            codes(&permissions),
            ["CRUD_ROLE", "ASSIGN_ROLE", "CRUD_FILMS", "PAID_FILMS", "FREE_FILMS"]
        );
        assert_eq!(permissions["items"][4]["description"], free);
    }
    app.stop().await;
}

async fn what_is_wrong_with_a_role_is_named(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let long = "x".repeat(501);
    let refused = async |method: Method, path: &str, body: Value| -> Vec<String> {
        let answer = app.roles(&boss, method, path, Some(body)).await.is_problem(422, "validation_failed");
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| format!("{} {}", error["field"], error["code"]).replace('"', "")).collect()
    };
    let wrong = json!({"code": "editor", "name": " ", "description": long, "permissions": []});
    let named = ["code characters", "name length", "description length"];
    assert_eq!(refused(Method::POST, "", wrong.clone()).await, named);
    let named = ["code mismatch", "name length", "description length"];
    assert_eq!(refused(Method::PUT, "/SUB_USER", wrong).await, named);
    for code in ["", "A", "2ND", "_X", "A-B", "РОЛЬ", "A\u{0}B", &"X".repeat(41)] {
        let body = json!({"code": code, "name": "x", "permissions": []});
        let errors = refused(Method::POST, "", body).await;
        assert!(matches!(errors.as_slice(), [one] if one.starts_with("code ")), "{code:?}: {errors:?}");
    }
    let unknown = json!({"code": "EDITOR", "name": "x", "permissions": ["FREE_FILMS", "ROOT"]});
    assert_eq!(refused(Method::POST, "", unknown).await, ["permissions[1] invalid"]);
    let small = json!({"name": "x", "permissions": ["free_films"]});
    assert_eq!(refused(Method::PUT, "/SUB_USER", small).await, ["permissions[0] invalid"]);
    assert_eq!(refused(Method::PUT, "/SUB_USER", json!({"name": "x"})).await, ["permissions required"]);
    let managing = json!({"name": "x", "permissions": ["FREE_FILMS", "CRUD_FILMS"]});
    assert_eq!(refused(Method::PUT, "/ANONYMOUS", managing).await, ["permissions[1] not_for_visitors"]);
    for path in ["/sub_user", "/x%27y", "/%00", "/НЕТ", "/NONE"] {
        app.roles(&boss, Method::GET, path, None).await.is_problem(404, "role_not_found");
    }
    app.stop().await;
}

async fn a_code_is_taken_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    app.make_role(&boss, "ADMIN", &[]).await.is_problem(409, "role_exists");
    let attempts: Vec<_> = (0..12)
        .map(|n| {
            let body = json!({"code": "EDITOR", "name": format!("{n}"), "permissions": []});
            let request = app.client.post(&format!("{AUTH}/roles"), &body).bearer(&boss.access);
            tokio::spawn(async move { request.send().await })
        })
        .collect();
    let mut statuses = Vec::new();
    for attempt in attempts {
        statuses.push(attempt.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[201].as_slice(), &[409; 11]].concat());
    app.stop().await;
}

async fn a_key_makes_making_a_role_safe_to_repeat(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let body = json!({"code": "EDITOR", "name": "x", "permissions": []});
    let make = || {
        let request = app.client.post(&format!("{AUTH}/roles"), &body).bearer(&boss.access);
        request.header("idempotency-key", "k")
    };
    let first = make().send().await.is(201);
    let again = make().send().await.is(201);
    assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
    assert_eq!(again.header("location"), format!("{AUTH}/roles/EDITOR"));
    app.stop().await;
}

async fn a_role_that_someone_has_stays(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.make_role(&boss, "EDITOR", &["CRUD_FILMS"]).await.is(201);
    app.change_role(&boss, Method::PUT, &anna, "EDITOR").await.is(204);
    app.delete_role(&boss, "EDITOR").await.is_problem(409, "role_in_use");
    app.change_role(&boss, Method::DELETE, &anna, "EDITOR").await.is(204);
    app.give_until(&boss, &anna, "EDITOR", 60).await.is(204);
    app.delete_role(&boss, "EDITOR").await.is_problem(409, "role_in_use");
    // A role that lapsed is nobody's.
    app.advance(61);
    assert_eq!(app.roles(&boss, Method::GET, "/EDITOR", None).await.is(200).json()["users"], 0);
    app.delete_role(&boss, "EDITOR").await.is(204);
    let anna = app.refresh(&anna).await;
    assert_eq!(app.me(&anna.access).send().await.is(200).json()["roles"], json!(["UNSUB_USER"]));
    app.change_role(&boss, Method::PUT, &anna, "EDITOR").await.is_problem(404, "role_not_found");
    app.stop().await;
}

async fn giving_and_deleting_at_once_agree(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    for round in 0..10 {
        let code = format!("ROLE_{round}");
        app.make_role(&boss, &code, &[]).await.is(201);
        let (given, deleted) =
            tokio::join!(app.change_role(&boss, Method::PUT, &anna, &code), app.delete_role(&boss, &code));
        let outcome = (given.status.as_u16(), deleted.status.as_u16());
        assert!(matches!(outcome, (204, 409) | (404, 204)), "round {round}: {outcome:?}");
    }
    app.stop().await;
}

async fn holdings(app: &TestApp) -> usize {
    let auth = app.settings.open_database("auth").await.unwrap();
    let rows = auth.read().query_all(Query::select().column("role_code").from("user_roles")).await.unwrap();
    auth.close().await.unwrap();
    rows.len()
}

async fn a_lapsed_role_is_forgotten_in_time(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.give_until(&boss, &anna, "SUB_USER", 60).await.is(204);
    assert_eq!(holdings(&app).await, 4, "two of the administrator, two of anna");
    app.advance(31 * 24 * 3600);
    let app = app.restart().await;
    until("the lapsed holding is gone", async || (holdings(&app).await == 3).then_some(())).await;
    app.stop().await;
}

async fn a_role_given_again_for_good_does_not_lapse(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.give_until(&boss, &anna, "SUB_USER", 60).await.is(204);
    app.change_role(&boss, Method::PUT, &anna, "SUB_USER").await.is(204);
    app.advance(61);
    let anna = app.refresh(&anna).await;
    app.advance(19 * 60);
    let roles = app.me(&anna.access).send().await.is(200).json()["roles"].clone();
    assert_eq!(roles, json!(["SUB_USER", "UNSUB_USER"]));
    app.stop().await;
}

async fn changes_are_in_the_audit_log(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    app.make_role(&boss, "FRIEND", &["FREE_FILMS"]).await.is(201);
    app.change_permissions(&boss, "FRIEND", &["PAID_FILMS"]).await.is(200);
    app.make_role(&boss, "FRIEND", &[]).await.is_problem(409, "role_exists");
    app.delete_role(&boss, "FRIEND").await.is(204);
    let auth = app.settings.open_database("auth").await.unwrap();
    let query = Query::select()
        .columns(["action", "target", "details"])
        .from("audit")
        .order_by("position", sea_orm::Order::Asc)
        .to_owned();
    let entries = auth.read().query_all(&query).await.unwrap();
    let text = |row: &sea_orm::QueryResult, n: usize| row.try_get_by_index::<String>(n).unwrap();
    let entries: Vec<_> = entries.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect();
    let of_role: Vec<_> = entries.iter().filter(|(_, target, _)| target == "FRIEND").collect();
    let actions: Vec<_> = of_role.iter().map(|(action, ..)| action.as_str()).collect();
    assert_eq!(actions, ["role.made", "role.changed", "role.deleted"]);
    let details: Value = serde_json::from_str(&of_role[1].2).unwrap();
    assert_eq!(details["permissions"], json!({"before": ["FREE_FILMS"], "after": ["PAID_FILMS"]}));
    auth.close().await.unwrap();
    app.stop().await;
}
