//! Finding accounts, blocking them, closing and erasing them.

use std::time::{Duration, Instant};

use http::Method;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement, sea_query::Query};
use serde_json::{Value, json};

use crate::app::{AUTH, PASSWORD, Person, TestApp, until};

on_every_database!(
    accounts_are_found_by_what_their_names_begin_with,
    an_account_is_shown_in_full,
    managing_accounts_needs_the_right,
    a_blocked_account_is_out_at_once_and_comes_back_when_unblocked,
    nobody_manages_an_account_that_may_more,
    the_last_administrator_stays_in,
    of_two_administrators_who_block_each_other_one_stays,
    a_deleted_account_is_gone_everywhere,
    ones_own_account_is_closed_with_the_password,
    guessing_the_password_of_a_closing_waits,
    what_was_erased_stays_refused_after_a_restart,
);

async fn call(app: &TestApp, by: &Person, method: Method, path: &str) -> Answer {
    app.client.request(method, &format!("{AUTH}{path}")).bearer(&by.access).send().await
}

async fn get(app: &TestApp, by: &Person, path: &str) -> Answer {
    call(app, by, Method::GET, path).await
}

async fn block(app: &TestApp, by: &Person, whom: &Person) -> Answer {
    call(app, by, Method::POST, &format!("/users/{}/block", whom.id)).await
}

async fn delete(app: &TestApp, by: &Person, whom: &Person) -> Answer {
    call(app, by, Method::DELETE, &format!("/users/{}", whom.id)).await
}

async fn close(app: &TestApp, person: &Person, body: &Value) -> Answer {
    let request = app.client.request(Method::DELETE, &format!("{AUTH}/users/me"));
    request.bearer(&person.access).json(body).send().await
}

/// Someone whom a role of these permissions makes less than an administrator.
async fn with_permissions(app: &TestApp, name: &str, permissions: &[&str]) -> Person {
    let (boss, person) = (app.sign_in("boss").await, app.register(name).await);
    let code = name.to_uppercase();
    let role = json!({"code": code, "name": name, "permissions": permissions});
    app.client.post(&format!("{AUTH}/roles"), &role).bearer(&boss.access).send().await.is(201);
    app.change_role(&boss, Method::PUT, &person, &code).await.is(204);
    app.refresh(&person).await
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

async fn accounts_are_found_by_what_their_names_begin_with(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let mut people = Vec::new();
    for name in ["anna", "anna_k", "annabel", "Борис", "_under"] {
        app.advance(1);
        people.push(app.register(name).await);
    }
    app.change_role(&boss, Method::PUT, &people[1], "SUB_USER").await.is(204);
    let find = async |query: &str| get(&app, &boss, &format!("/users?{query}")).await.is(200).json();

    let newest = find("").await;
    assert_eq!(names(&newest), ["_under", "Борис", "annabel", "anna_k", "anna", "boss"]);
    assert_eq!(newest["total"], 6);
    assert_eq!(names(&find("page_size=2&page_number=2").await), ["annabel", "anna_k"]);
    for (query, found) in [
        ("query=ANNA", vec!["anna", "anna_k", "annabel"]),
        ("query=anna_", vec!["anna_k"]),
        ("query=annab", vec!["annabel"]),
        ("query=%D0%91%D0%9E%D0%A0", vec!["Борис"]),
        ("query=%20boss%40example.ORG", vec!["boss"]),
        ("query=example.org", vec![]),
        ("query=%25", vec![]),
        ("query=_", vec!["_under"]),
        ("query=%00", vec!["_under", "Борис", "annabel", "anna_k", "anna", "boss"]),
        ("query=%27%20OR%201=1", vec![]),
        ("role=SUB_USER", vec!["anna_k"]),
        ("role=SUB_USER&query=annab", vec![]),
        ("role=ADMIN", vec!["boss"]),
    ] {
        assert_eq!(names(&find(query).await), found, "{query}");
    }
    let by_id = find(&format!("query={}", people[2].id)).await;
    assert_eq!(names(&by_id), ["annabel"]);

    let found = &find("query=anna_k").await["items"][0];
    assert_eq!(found["id"], people[1].id.as_str());
    assert_eq!(found["email"], "anna_k@example.org");
    assert_eq!(found["roles"], json!(["SUB_USER", "UNSUB_USER"]));
    assert_eq!((&found["blocked"], &found["blocked_at"]), (&json!(false), &json!(null)));
    assert!(found.get("password_hash").is_none());

    let long = format!("/users?query={}", "x".repeat(255));
    for wrong in ["/users?role=NONE", "/users?role=%00x", &long, "/users?page_size=101"] {
        get(&app, &boss, wrong).await.is_problem(422, "validation_failed");
    }
    app.stop().await;
}

async fn an_account_is_shown_in_full(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (boss, anna) = (app.administrator().await, app.register("anna").await);
    let until = app.clock.now() + chrono::TimeDelta::days(10);
    let path = format!("{AUTH}/users/{}/roles/SUB_USER", anna.id);
    let body = json!({"expires_at": until});
    app.client.request(Method::PUT, &path).bearer(&boss.access).json(&body).send().await.is(204);

    let shown = get(&app, &boss, &format!("/users/{}", anna.id)).await.is(200).json();
    assert_eq!((&shown["username"], &shown["roles"]), (&json!("anna"), &json!(["SUB_USER", "UNSUB_USER"])));
    assert_eq!(shown["grants"][0]["given_by"], boss.id.as_str());
    assert_eq!(shown["grants"][0]["expires_at"], json!(until));
    assert_eq!(
        (&shown["grants"][1]["code"], &shown["grants"][1]["expires_at"]),
        (&json!("UNSUB_USER"), &json!(null))
    );
    app.advance(11 * 24 * 60 * 60);
    let boss = app.refresh(&boss).await;
    let lapsed = get(&app, &boss, &format!("/users/{}", anna.id)).await.is(200).json();
    assert_eq!(lapsed["roles"], json!(["UNSUB_USER"]));

    let nobody = "/users/018f0000-0000-7000-8000-000000000000";
    get(&app, &boss, nobody).await.is_problem(404, "user_not_found");
    get(&app, &boss, "/users/anna").await.is_problem(404, "not_found");
    for (method, path) in [
        (Method::POST, format!("{nobody}/block")),
        (Method::POST, format!("{nobody}/unblock")),
        (Method::DELETE, nobody.to_owned()),
    ] {
        call(&app, &boss, method, &path).await.is_problem(404, "user_not_found");
    }
    app.stop().await;
}

async fn managing_accounts_needs_the_right(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    let one = format!("/users/{}", boris.id);
    for (method, path) in [
        (Method::GET, "/users".to_owned()),
        (Method::GET, one.clone()),
        (Method::DELETE, one.clone()),
        (Method::POST, format!("{one}/block")),
        (Method::POST, format!("{one}/unblock")),
    ] {
        call(&app, &anna, method.clone(), &path).await.is_problem(403, "permission_denied");
        let visitor = app.client.request(method, &format!("{AUTH}{path}")).send().await;
        visitor.is_problem(401, "token_missing");
    }
    let closing = app.client.request(Method::DELETE, &format!("{AUTH}/users/me")).send().await;
    closing.is_problem(401, "token_missing");
    app.me(&boris.access).send().await.is(200);
    app.stop().await;
}

async fn a_blocked_account_is_out_at_once_and_comes_back_when_unblocked(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (boss, anna) = (app.administrator().await, app.register("anna").await);
    let elsewhere = app.sign_in("anna").await;
    app.movies("/films", Some(&anna)).await.is(200);

    let path = format!("{AUTH}/users/{}/block", anna.id);
    let blocking = |body: Value| app.client.post(&path, &body).bearer(&boss.access).send();
    blocking(json!({"reason": "x".repeat(501)})).await.is_problem(422, "validation_failed");
    blocking(json!({"reason": 7})).await.is_problem(422, "validation_failed");
    let since = Instant::now();
    blocking(json!({"reason": " Sells \u{0}the account "})).await.is(204);
    for person in [&anna, &elsewhere] {
        app.movies("/films", Some(person)).await.is_problem(401, "token_revoked");
        app.me(&person.access).send().await.is_problem(401, "token_revoked");
    }
    assert!(since.elapsed() < Duration::from_secs(1));
    app.try_refresh(&anna.refresh).await.is_problem(401, "token_revoked");
    app.try_sign_in("anna", PASSWORD).await.is_problem(403, "account_blocked");
    app.try_sign_in("anna", "wrong password").await.is_problem(401, "bad_credentials");
    let shown = get(&app, &boss, &format!("/users/{}", anna.id)).await.is(200).json();
    assert_eq!((&shown["blocked"], &shown["blocked_at"]), (&json!(true), &json!(app.clock.now())));
    assert_eq!(shown["block_reason"], "Sells the account");
    // Once more changes nothing.
    app.advance(60);
    blocking(json!({})).await.is(204);
    let again = get(&app, &boss, &format!("/users/{}", anna.id)).await.is(200).json();
    assert_eq!(
        (&again["blocked_at"], &again["block_reason"]),
        (&shown["blocked_at"], &shown["block_reason"])
    );

    let app = app.restart().await;
    app.movies("/films", Some(&anna)).await.is_problem(401, "token_revoked");
    app.try_sign_in("anna", PASSWORD).await.is_problem(403, "account_blocked");

    call(&app, &boss, Method::POST, &format!("/users/{}/unblock", anna.id)).await.is(204);
    app.try_refresh(&anna.refresh).await.is_problem(401, "token_revoked");
    let anna = app.sign_in("anna").await;
    app.movies("/films", Some(&anna)).await.is(200);
    let shown = get(&app, &boss, &format!("/users/{}", anna.id)).await.is(200).json();
    assert_eq!((&shown["blocked"], &shown["block_reason"]), (&json!(false), &json!(null)));
    block(&app, &boss, &boss).await.is_problem(409, "cannot_block_self");
    app.stop().await;
}

async fn nobody_manages_an_account_that_may_more(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let support = with_permissions(&app, "support", &["ASSIGN_ROLE", "FREE_FILMS"]).await;
    let editor = with_permissions(&app, "editor", &["CRUD_FILMS", "FREE_FILMS"]).await;
    let anna = app.register("anna").await;
    for stronger in [&boss, &editor] {
        block(&app, &support, stronger).await.is_problem(403, "permission_beyond_own");
        delete(&app, &support, stronger).await.is_problem(403, "permission_beyond_own");
        app.me(&stronger.access).send().await.is(200);
    }
    let boss = app.sign_in("boss").await;
    block(&app, &boss, &editor).await.is(204);
    let unblock = format!("/users/{}/unblock", editor.id);
    call(&app, &support, Method::POST, &unblock).await.is_problem(403, "permission_beyond_own");
    block(&app, &support, &anna).await.is(204);
    delete(&app, &support, &anna).await.is(204);
    delete(&app, &boss, &support).await.is(204);
    app.stop().await;
}

async fn the_last_administrator_stays_in(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    // An administrator for a time does not count as one who stays.
    let path = format!("{AUTH}/users/{}/roles/ADMIN", anna.id);
    let soon = json!({"expires_at": app.clock.now() + chrono::TimeDelta::minutes(10)});
    app.client.request(Method::PUT, &path).bearer(&boss.access).json(&soon).send().await.is(204);
    let anna = app.refresh(&anna).await;
    block(&app, &anna, &boss).await.is_problem(409, "last_administrator");
    delete(&app, &anna, &boss).await.is_problem(409, "last_administrator");
    close(&app, &boss, &json!({"password": PASSWORD})).await.is_problem(409, "last_administrator");
    delete(&app, &boss, &boss).await.is_problem(409, "cannot_delete_self");

    // Nor does one who is blocked.
    let boris = app.register("boris").await;
    app.change_role(&boss, Method::PUT, &boris, "ADMIN").await.is(204);
    block(&app, &boss, &boris).await.is(204);
    close(&app, &boss, &json!({"password": PASSWORD})).await.is_problem(409, "last_administrator");
    app.change_role(&boss, Method::DELETE, &boss, "ADMIN").await.is_problem(409, "last_administrator");
    call(&app, &boss, Method::POST, &format!("/users/{}/unblock", boris.id)).await.is(204);
    close(&app, &boss, &json!({"password": PASSWORD})).await.is(204);
    app.me(&boss.access).send().await.is_problem(401, "token_revoked");
    app.stop().await;
}

async fn of_two_administrators_who_block_each_other_one_stays(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.change_role(&boss, Method::PUT, &anna, "ADMIN").await.is(204);
    let anna = app.refresh(&anna).await;
    let (first, second) = tokio::join!(block(&app, &boss, &anna), block(&app, &anna, &boss));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert!(matches!(statuses, [204, 401 | 409]), "{statuses:?}");
    let mut signed_in = 0;
    for name in ["boss", "anna"] {
        signed_in += u32::from(app.try_sign_in(name, PASSWORD).await.status == 200);
    }
    assert_eq!(signed_in, 1);
    app.stop().await;
}

/// The tables of auth that have a row in which a text or an id stands.
async fn tables_that_mention(app: &TestApp, what: &str) -> Vec<String> {
    let database = app.settings.open_database("auth").await.unwrap();
    let read = database.read();
    let is_sqlite = database.engine_name() == "SQLite";
    let tables = if is_sqlite {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    } else {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
    };
    let mut mentioning = Vec::new();
    for table in texts(read, tables).await {
        let found = if is_sqlite {
            let columns = texts(read, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
            // Ids are kept as bytes.
            let row = columns
                .iter()
                .map(|column| {
                    format!("coalesce(lower(CAST(\"{column}\" AS TEXT)) || lower(hex(\"{column}\")), '')")
                })
                .collect::<Vec<_>>()
                .join(" || ");
            let bare = what.replace('-', "");
            format!(
                "SELECT '{table}' FROM \"{table}\" WHERE instr({row}, '{what}') OR instr({row}, '{bare}') LIMIT 1"
            )
        } else {
            format!(
                "SELECT '{table}'::text FROM \"{table}\" AS t WHERE strpos(lower(t::text), '{what}') > 0 LIMIT 1"
            )
        };
        mentioning.extend(texts(read, &found).await);
    }
    database.close().await.unwrap();
    mentioning.sort_unstable();
    mentioning
}

async fn texts(read: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = read.query_all_raw(Statement::from_string(read.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Someone who left traces in every table that there is; what tells of them, and in how many tables it stands.
async fn someone_with_traces(app: &TestApp, boss: &Person) -> Person {
    let person = app.register("zinaida").await;
    app.change_role(boss, Method::PUT, &person, "SUB_USER").await.is(204);
    app.try_sign_in("zinaida", "wrong password").await.is_problem(401, "bad_credentials");
    let person = app.sign_in("zinaida").await;
    let setup = app.client.post(&format!("{AUTH}/mfa/totp/setup"), &json!({})).bearer(&person.access);
    setup.send().await.is(200);
    let failed = format!("/users/{}/entry-history", person.id);
    until("the failure is in the history", async || {
        (get(app, boss, &failed).await.is(200).json()["total"] == 3).then_some(())
    })
    .await;
    until("the events are carried away", async || {
        (!tables_that_mention(app, &person.id).await.contains(&"outbox".to_owned())).then_some(())
    })
    .await;
    assert!(tables_that_mention(app, "zinaida").await.contains(&"users".to_owned()));
    let by_id = tables_that_mention(app, &person.id).await;
    for table in ["audit", "known_sources", "sessions", "totp", "user_roles", "users"] {
        assert!(by_id.contains(&table.to_owned()), "{table}: {by_id:?}");
    }
    assert!(by_id.iter().any(|table| table.starts_with("sign_ins")), "{by_id:?}");
    person
}

/// Nothing of someone is left but their id in the audit log, their tokens are refused, their names are free.
async fn is_erased(app: &TestApp, person: &Person) {
    for access in [app.me(&person.access), app.client.get("/async/api/v1/films").bearer(&person.access)] {
        access.send().await.is_problem(401, "token_revoked");
    }
    app.try_refresh(&person.refresh).await.is_problem(401, "token_revoked");
    app.try_sign_in("zinaida", PASSWORD).await.is_problem(401, "bad_credentials");
    until("the events are carried away", async || {
        (tables_that_mention(app, &person.id).await == ["audit"]).then_some(())
    })
    .await;
    assert!(tables_that_mention(app, "zinaida").await.is_empty());
    let again = app.register("zinaida").await;
    assert_ne!(again.id, person.id);
    app.me(&again.access).send().await.is(200);
    app.me(&person.access).send().await.is_problem(401, "token_revoked");
}

async fn a_deleted_account_is_gone_everywhere(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let person = someone_with_traces(&app, &boss).await;
    let since = Instant::now();
    delete(&app, &boss, &person).await.is(204);
    app.movies("/films", Some(&person)).await.is_problem(401, "token_revoked");
    assert!(since.elapsed() < Duration::from_secs(1));
    delete(&app, &boss, &person).await.is_problem(404, "user_not_found");
    is_erased(&app, &person).await;
    app.stop().await;
}

async fn ones_own_account_is_closed_with_the_password(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let person = someone_with_traces(&app, &boss).await;
    let bare = app.client.request(Method::DELETE, &format!("{AUTH}/users/me")).bearer(&person.access);
    let missing = bare.send().await.is_problem(422, "validation_failed").json();
    assert_eq!(
        (&missing["errors"][0]["field"], &missing["errors"][0]["code"]),
        (&json!("password"), &json!("required"))
    );
    let wrong = close(&app, &person, &json!({"password": "wrong password"})).await;
    let wrong = wrong.is_problem(422, "validation_failed").json();
    assert_eq!(
        (&wrong["errors"][0]["field"], &wrong["errors"][0]["code"]),
        (&json!("password"), &json!("wrong"))
    );
    app.me(&person.access).send().await.is(200);
    close(&app, &person, &json!({"password": PASSWORD})).await.is(204);
    close(&app, &person, &json!({"password": PASSWORD})).await.is_problem(401, "token_revoked");
    is_erased(&app, &person).await;

    // An account without a password has none to show: it must have signed in just now.
    let anna = app.register("anna").await;
    let auth = app.settings.open_database("auth").await.unwrap();
    let tx = auth.begin().await.unwrap();
    let without = Query::update().table("users").value("password_hash", None::<String>).to_owned();
    tx.execute(&without).await.unwrap();
    tx.commit().await.unwrap();
    auth.close().await.unwrap();
    let stolen = app.refresh(&anna).await;
    let refused = call(&app, &stolen, Method::DELETE, "/users/me").await;
    refused.is_problem(403, "fresh_sign_in_required");
    call(&app, &anna, Method::DELETE, "/users/me").await.is(204);
    app.me(&anna.access).send().await.is_problem(401, "token_revoked");
    app.stop().await;
}

async fn guessing_the_password_of_a_closing_waits(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    for _ in 0..5 {
        close(&app, &anna, &json!({"password": "wrong password"})).await.is_problem(422, "validation_failed");
    }
    let refused = close(&app, &anna, &json!({"password": PASSWORD})).await;
    assert!(!refused.is_problem(429, "too_many_attempts").header("retry-after").is_empty());
    app.me(&anna.access).send().await.is(200);
    app.stop().await;
}

async fn what_was_erased_stays_refused_after_a_restart(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (boss, anna, boris) =
        (app.administrator().await, app.register("anna").await, app.register("boris").await);
    delete(&app, &boss, &anna).await.is(204);
    close(&app, &boris, &json!({"password": PASSWORD})).await.is(204);
    let app = app.restart().await;
    for person in [&anna, &boris] {
        app.movies("/films", Some(person)).await.is_problem(401, "token_revoked");
        app.try_refresh(&person.refresh).await.is_problem(401, "token_revoked");
    }
    app.movies("/films", Some(&boss)).await.is(200);
    app.stop().await;
}
