//! Who may manage roles, and how far: nobody hands on more than they have, and someone can always set things right.

use http::Method;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use serde_json::json;

use crate::app::{AUTH, PASSWORD, TestApp};

on_every_database!(
    only_those_who_may_manage_roles_do,
    built_in_roles_stay,
    nobody_hands_on_more_than_they_have,
    an_account_has_only_so_many_roles,
);

async fn only_those_who_may_manage_roles_do(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.make_role(&boss, "ASSIGNER", &["ASSIGN_ROLE"]).await.is(201);
    let assigner = app.person_with(&boss, "boris", "ASSIGNER").await;
    let body = json!({"code": "EDITOR", "name": "x", "permissions": []});
    for (method, path) in [
        (Method::GET, "/roles"),
        (Method::POST, "/roles"),
        (Method::GET, "/roles/SUB_USER"),
        (Method::PUT, "/roles/SUB_USER"),
        (Method::DELETE, "/roles/SUB_USER"),
        (Method::GET, "/permissions"),
    ] {
        let request = || app.client.request(method.clone(), &format!("{AUTH}{path}")).json(&body);
        request().send().await.is_problem(401, "token_missing");
        for person in [&anna, &assigner] {
            request().bearer(&person.access).send().await.is_problem(403, "permission_denied");
        }
    }
    app.stop().await;
}

async fn built_in_roles_stay(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let mut boss = app.administrator().await;
    for code in ["ADMIN", "SUB_USER", "UNSUB_USER", "ANONYMOUS"] {
        app.delete_role(&boss, code).await.is_problem(409, "role_built_in");
    }
    for permissions in [&["CRUD_ROLE", "PAID_FILMS"][..], &["ASSIGN_ROLE"], &[]] {
        let refused = app.change_permissions(&boss, "ADMIN", permissions).await;
        refused.is_problem(409, "administrator_needs_right");
    }
    // What else it loses, an administrator can bring back, and hand on meanwhile.
    app.change_permissions(&boss, "ADMIN", &["CRUD_ROLE", "ASSIGN_ROLE"]).await.is(200);
    app.roles(&boss, Method::GET, "", None).await.is_problem(401, "token_stale");
    boss = app.refresh(&boss).await;
    let anna = app.person_with(&boss, "anna", "SUB_USER").await;
    let all = ["CRUD_ROLE", "ASSIGN_ROLE", "CRUD_FILMS", "PAID_FILMS", "FREE_FILMS"];
    app.change_permissions(&boss, "ADMIN", &all).await.is(200);
    app.me(&anna.access).send().await.is(200);
    app.stop().await;
}

async fn nobody_hands_on_more_than_they_have(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let manager_has = ["CRUD_ROLE", "ASSIGN_ROLE", "FREE_FILMS"];
    app.make_role(&boss, "MANAGER", &manager_has).await.is(201);
    app.make_role(&boss, "EDITOR", &["CRUD_FILMS"]).await.is(201);
    let manager = app.person_with(&boss, "manager", "MANAGER").await;
    let editor = app.person_with(&boss, "editor", "EDITOR").await;
    let beyond = |answer: Answer| {
        let problem = answer.is_problem(403, "permission_beyond_own");
        assert!(problem.text().contains("_FILMS") || problem.text().contains("_ROLE"), "{}", problem.text());
    };

    // Not by giving or taking a role,
    for role in ["ADMIN", "EDITOR", "SUB_USER"] {
        beyond(app.change_role(&manager, Method::PUT, &manager, role).await);
    }
    beyond(app.change_role(&manager, Method::DELETE, &boss, "ADMIN").await);
    beyond(app.change_role(&manager, Method::DELETE, &editor, "EDITOR").await);
    // nor by making one or changing one's own or another's, up or down,
    beyond(app.make_role(&manager, "MINE", &["CRUD_FILMS"]).await);
    beyond(app.change_permissions(&manager, "MANAGER", &["CRUD_ROLE", "ASSIGN_ROLE", "PAID_FILMS"]).await);
    beyond(app.change_permissions(&manager, "UNSUB_USER", &["FREE_FILMS", "CRUD_FILMS"]).await);
    beyond(app.change_permissions(&manager, "ANONYMOUS", &["FREE_FILMS", "PAID_FILMS"]).await);
    beyond(app.change_permissions(&manager, "EDITOR", &[]).await);
    beyond(app.change_permissions(&manager, "ADMIN", &manager_has).await);
    beyond(app.delete_role(&manager, "EDITOR").await);
    // nor to the role of administrators, when it allows no more than one has oneself.
    app.change_permissions(&boss, "ADMIN", &manager_has).await.is(200);
    beyond(app.change_role(&manager, Method::PUT, &manager, "ADMIN").await);
    beyond(app.change_role(&manager, Method::DELETE, &boss, "ADMIN").await);

    // What is theirs they hand on.
    app.make_role(&manager, "MINE", &["CRUD_ROLE"]).await.is(201);
    app.change_role(&manager, Method::PUT, &editor, "MINE").await.is(204);
    app.change_role(&manager, Method::DELETE, &editor, "MINE").await.is(204);
    app.change_permissions(&manager, "MINE", &["FREE_FILMS"]).await.is(200);
    app.delete_role(&manager, "MINE").await.is(204);
    // A stronger role may get another name.
    let renamed = json!({"name": "Editor in chief", "permissions": ["CRUD_FILMS"]});
    app.roles(&manager, Method::PUT, "/EDITOR", Some(renamed)).await.is(200);
    app.stop().await;
}

async fn an_account_has_only_so_many_roles(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    let code = |n: usize| format!("{}_{n}", "X".repeat(36));
    for n in 1..=20 {
        app.make_role(&boss, &code(n), &[]).await.is(201);
    }
    for n in 1..20 {
        app.change_role(&boss, Method::PUT, &anna, &code(n)).await.is(204);
    }
    app.change_role(&boss, Method::PUT, &anna, &code(20)).await.is_problem(409, "too_many_roles");
    app.change_role(&boss, Method::PUT, &anna, &code(19)).await.is(204);
    // The longest token there is still is one.
    let login = json!({"login": "anna", "password": PASSWORD});
    let login = app.client.post(&format!("{AUTH}/sessions/login"), &login);
    let session = login.header("user-agent", &"\"".repeat(300)).send().await.is(200).json();
    app.me(session["access_token"].as_str().unwrap()).send().await.is(200);
    app.stop().await;
}
