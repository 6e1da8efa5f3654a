//! What was done to a film, and undoing it.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use super::bare;
use crate::{
    app::{AUTH, PASSWORD, TestApp, until},
    catalogue::import::import,
};

on_every_database!(
    revisions_tell_who_changed_what_and_undo_it,
    what_an_imported_film_was_is_kept,
    a_deleted_film_comes_back_as_it_was,
    what_is_gone_is_left_out_of_what_comes_back,
    an_import_heeds_what_administrators_did,
    a_closed_account_takes_its_name_out_of_revisions,
);

async fn revisions_tell_who_changed_what_and_undo_it(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.make(&boss, "/films", bare("Zephyr")).await);
    app.advance(60);
    app.admin(&boss, Method::PATCH, &path, json!({"year": 1999, "title": {"ru": "Зефир"}})).await.is(200);
    app.advance(60);
    app.admin(&boss, Method::PUT, &path, bare("Breeze")).await.is(200);

    let list = app.movies(&format!("{path}/revisions"), Some(&boss)).await.is(200).json();
    let items = list["items"].as_array().unwrap();
    let told: Vec<_> = items
        .iter()
        .map(|item| {
            (item["version"].as_i64().unwrap(), item["action"].as_str().unwrap(), item["changed"].clone())
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, "replaced", json!(["title", "year"])),
            (2, "patched", json!(["title", "year"])),
            (1, "created", json!([])),
        ]
    );
    for item in items {
        assert_eq!(item["actor"], json!({"id": boss.id, "name": "boss"}));
    }
    assert!(items[0]["at"].as_str() > items[2]["at"].as_str());
    let page = app.movies(&format!("{path}/revisions?page_size=1&page_number=2"), Some(&boss)).await;
    assert_eq!(page.is(200).json()["items"][0], items[1]);

    let second = app.movies(&format!("{path}/revisions/2"), Some(&boss)).await.is(200).json();
    assert_eq!(
        (&second["version"], &second["film"]["title"]),
        (&json!(2), &json!({"ru": "Зефир", "en": "Zephyr"}))
    );
    app.movies(&format!("{path}/revisions/4"), Some(&boss)).await.is_problem(404, "revision_not_found");
    app.movies(&format!("{path}/revisions/x"), Some(&boss)).await.is_problem(404, "not_found");
    let restore = async |version: i64| {
        app.admin(&boss, Method::POST, &format!("{path}/revisions/{version}/restore"), Value::Null).await
    };
    restore(9).await.is_problem(404, "revision_not_found");
    let restored = restore(2).await.is(200);
    assert_eq!(restored.header("etag"), "\"v4\"");
    let film = restored.json();
    assert_eq!((&film["title"], &film["year"]), (&json!({"ru": "Зефир", "en": "Zephyr"}), &json!(1999)));
    assert_eq!(app.movies(&path, None).await.is(200).json()["title"], "Zephyr", "viewers see it at once");
    assert_eq!(restore(4).await.is(200).json()["version"], 4, "what is so already makes no version");
    assert_eq!(restore(1).await.is(200).json()["version"], 5);
    let list = app.movies(&format!("{path}/revisions"), Some(&boss)).await.is(200).json();
    assert_eq!((&list["items"][0]["action"], &list["total"]), (&json!("restored"), &json!(5)));
    app.stop().await;
}

async fn what_an_imported_film_was_is_kept(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.film(&boss, "Solaris").await);
    let before = app.edited(&boss, &path).await;
    app.advance(60);
    app.admin(&boss, Method::PUT, &path, bare("Overwritten")).await.is(200);
    let list = app.movies(&format!("{path}/revisions"), Some(&boss)).await.is(200).json();
    assert_eq!(list["total"], 2);
    let base = &list["items"][1];
    assert_eq!(
        (&base["action"], &base["actor"], &base["at"]),
        (&json!("imported"), &json!(null), &before["updated_at"])
    );
    let restored = app.admin(&boss, Method::POST, &format!("{path}/revisions/1/restore"), Value::Null).await;
    let mut restored = restored.is(200).json();
    restored["version"] = before["version"].clone();
    restored["updated_at"] = before["updated_at"].clone();
    assert_eq!(restored, before);
    app.stop().await;
}

async fn a_deleted_film_comes_back_as_it_was(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = format!("/films/{}", app.film(&boss, "Star Wars").await);
    let popular = async || {
        app.movies("/films?sort=-popularity&page_size=100", None).await.is(200).json()["items"].clone()
    };
    let (before, order) = (app.movies(&path, None).await.is(200).json(), popular().await);
    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    app.movies(&path, Some(&boss)).await.is_problem(404, "film_not_found");
    let list = app.movies(&format!("{path}/revisions"), Some(&boss)).await.is(200).json();
    let actions: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| &item["action"]).collect();
    assert_eq!(actions, ["deleted", "imported"]);
    let deletion = app.movies(&format!("{path}/revisions/2"), Some(&boss)).await.is(200).json();
    assert_eq!(deletion["film"], json!(null));
    let restore = format!("{path}/revisions/2/restore");
    app.admin(&boss, Method::POST, &restore, Value::Null).await.is_problem(409, "revision_deleted");

    let restore = format!("{path}/revisions/1/restore");
    app.admin_if(&boss, Method::POST, &restore, "\"v1\"", Value::Null).await.is_problem(412, "film_changed");
    let back = app.admin_if(&boss, Method::POST, &restore, "\"v2\"", Value::Null).await.is(200).json();
    assert_eq!(back["version"], 3, "versions only grow");
    let mut after = app.movies(&path, None).await.is(200).json();
    after["updated_at"] = before["updated_at"].clone();
    assert_eq!(after, before, "with its people and all");
    until("it has its place among the popular", async || (popular().await == order).then_some(())).await;
    until("it is found again", async || {
        let found = app.movies("/films/search?query=star+wars", None).await.is(200).json();
        found["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|film| path.ends_with(film["id"].as_str().unwrap()))
            .then_some(())
    })
    .await;
    app.stop().await;
}

async fn what_is_gone_is_left_out_of_what_comes_back(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let genre = app.make(&boss, "/genres", json!({"name": {"en": "Windpunk"}})).await;
    let stays = app.make(&boss, "/persons", json!({"full_name": "Ada Quill"})).await;
    let goes = app.make(&boss, "/persons", json!({"full_name": "Ben Roe"})).await;
    let film = json!({
        "title": {"en": "Zephyr"}, "access": "FREE", "genres": [genre], "actors": [goes, stays], "writers": [goes],
    });
    let path = format!("/films/{}", app.make(&boss, "/films", film).await);
    app.admin(&boss, Method::DELETE, &path, Value::Null).await.is(204);
    app.admin(&boss, Method::DELETE, &format!("/genres/{genre}"), Value::Null).await.is(204);
    app.admin(&boss, Method::DELETE, &format!("/persons/{goes}"), Value::Null).await.is(204);
    let back = app
        .admin(&boss, Method::POST, &format!("{path}/revisions/1/restore"), Value::Null)
        .await
        .is(200)
        .json();
    assert_eq!(
        (&back["genres"], &back["actors"], &back["writers"]),
        (&json!([]), &json!([stays]), &json!([]))
    );
    let kept = app.movies(&format!("{path}/revisions/1"), Some(&boss)).await.is(200).json();
    assert_eq!(kept["film"]["actors"], json!([goes, stays]), "the revision itself is as it was");
    app.stop().await;
}

async fn an_import_heeds_what_administrators_did(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let path = "/films/0198f000-0000-7000-8000-00000000aaaa";
    let line = |title: &str| {
        json!({"id": "0198f000-0000-7000-8000-00000000aaaa", "title": title, "genres": ["Windpunk"]})
            .to_string()
    };
    import(&app, &line("Zephyr")).await;
    app.admin(&boss, Method::PATCH, path, json!({"year": 1999})).await.is(200);
    let again = import(&app, &line("Zephyr")).await;
    assert_eq!(
        (again.unchanged, &app.edited(&boss, path).await["year"]),
        (1, &json!(1999)),
        "the line did not change"
    );
    let changed = import(&app, &line("Breeze")).await;
    assert_eq!((changed.changed, &app.edited(&boss, path).await["version"]), (1, &json!(3)));
    // What the file made of it is kept before it is changed again.
    app.admin(&boss, Method::PATCH, path, json!({"year": 2000})).await.is(200);
    let list = app.movies(&format!("{path}/revisions"), Some(&boss)).await.is(200).json();
    let actions: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| &item["action"]).collect();
    assert_eq!(actions, ["patched", "imported", "patched", "imported"]);

    app.admin(&boss, Method::DELETE, path, Value::Null).await.is(204);
    assert_eq!(import(&app, &line("Breeze")).await.unchanged, 1);
    app.movies(path, Some(&boss)).await.is_problem(404, "film_not_found");
    assert_eq!(import(&app, &line("Gale")).await.added, 1);
    assert_eq!(app.edited(&boss, path).await["version"], 6, "on from its last version");
    app.stop().await;
}

async fn a_closed_account_takes_its_name_out_of_revisions(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let role = json!({"code": "EDITOR", "name": "Editor", "permissions": ["CRUD_FILMS", "FREE_FILMS"]});
    app.client.post(&format!("{AUTH}/roles"), &role).bearer(&boss.access).send().await.is(201);
    let editor = app.register("editor").await;
    app.change_role(&boss, Method::PUT, &editor, "EDITOR").await.is(204);
    let editor = app.refresh(&editor).await;
    let path = format!("/films/{}/revisions", app.make(&editor, "/films", bare("Zephyr")).await);
    let actor = async || app.movies(&path, Some(&boss)).await.is(200).json()["items"][0]["actor"].clone();
    assert_eq!(actor().await, json!({"id": editor.id, "name": "editor"}));
    let close = app.client.request(Method::DELETE, &format!("{AUTH}/users/me")).bearer(&editor.access);
    close.json(&json!({"password": PASSWORD})).send().await.is(204);
    until("the name is gone", async || (actor().await["name"] == json!(null)).then_some(())).await;
    assert_eq!(actor().await["id"], json!(editor.id));
    app.stop().await;
}
