//! Who may administer.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::bare;
use crate::app::{AUTH, MOVIES, TestApp};

on_every_database!(only_those_who_may_change_films);

async fn only_those_who_may_change_films(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let viewer = app.register("viewer").await;
    let subscriber = app.register("subscriber").await;
    app.change_role(&boss, Method::PUT, &subscriber, "SUB_USER").await.is(204);
    let subscriber = app.refresh(&subscriber).await;
    let film = app.make(&boss, "/films", bare("Zephyr")).await;
    let genre = app.make(&boss, "/genres", json!({"name": {"en": "Windpunk"}})).await;
    let person = app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await;
    app.admin(&boss, Method::PATCH, &format!("/films/{film}"), json!({"year": 1999})).await.is(200);
    let (name, full_name) = (json!({"name": {"en": "Galepunk"}}), json!({"full_name": "Ada Roe"}));
    let routes = [
        (Method::POST, "/films".to_owned(), bare("Breeze"), 201),
        (Method::POST, "/films/bulk".into(), json!({"items": [bare("Gale")]}), 200),
        (Method::PUT, format!("/films/{film}"), bare("Storm"), 200),
        (Method::PATCH, format!("/films/{film}"), json!({"year": 2000}), 200),
        (Method::GET, format!("/films/{film}/edit"), Value::Null, 200),
        (Method::GET, format!("/films/{film}/revisions"), Value::Null, 200),
        (Method::GET, format!("/films/{film}/revisions/1"), Value::Null, 200),
        (Method::POST, format!("/films/{film}/revisions/1/restore"), Value::Null, 200),
        (Method::DELETE, format!("/films/{film}"), Value::Null, 204),
        (Method::POST, "/genres".into(), json!({"name": {"en": "Stormpunk"}}), 201),
        (Method::PUT, format!("/genres/{genre}"), name.clone(), 200),
        (Method::PATCH, format!("/genres/{genre}"), name, 200),
        (Method::GET, format!("/genres/{genre}/edit"), Value::Null, 200),
        (Method::DELETE, format!("/genres/{genre}"), Value::Null, 204),
        (Method::POST, "/persons".into(), json!({"full_name": "Ben Roe"}), 201),
        (Method::PUT, format!("/persons/{person}"), full_name.clone(), 200),
        (Method::PATCH, format!("/persons/{person}"), full_name, 200),
        (Method::GET, format!("/persons/{person}/edit"), Value::Null, 200),
        (Method::DELETE, format!("/persons/{person}"), Value::Null, 204),
    ];
    for (method, path, body, _) in &routes {
        // A key does not let anyone past the check either.
        let visitor = app.client.request(method.clone(), &format!("{MOVIES}{path}"));
        let visitor = visitor.header("idempotency-key", "k").json(body).send().await;
        assert_eq!(visitor.is_problem(401, "token_missing").header("www-authenticate"), "Bearer");
        let forged =
            app.client.request(method.clone(), &format!("{MOVIES}{path}")).bearer("x.y.z").json(body);
        forged.send().await.is_problem(401, "token_invalid");
        for who in [&viewer, &subscriber] {
            app.admin(who, method.clone(), path, body.clone()).await.is_problem(403, "permission_denied");
        }
    }
    // Not the role but the right decides.
    let role = json!({"code": "EDITOR", "name": "Editor", "permissions": ["CRUD_FILMS"]});
    app.client.post(&format!("{AUTH}/roles"), &role).bearer(&boss.access).send().await.is(201);
    let editor = app.register("editor").await;
    app.change_role(&boss, Method::PUT, &editor, "EDITOR").await.is(204);
    let editor = app.refresh(&editor).await;
    for (method, path, body, status) in routes {
        app.admin(&editor, method, &path, body).await.is(status);
    }
    app.stop().await;
}
