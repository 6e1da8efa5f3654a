//! Registering, signing in, refreshing, signing out.

use kino_testkit::{TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, sea_query::Query};
use serde_json::json;

use crate::app::{AUTH, PASSWORD, Person, TestApp};

on_every_database!(
    a_newcomer_registers_and_is_signed_in,
    either_name_signs_in_whatever_its_case,
    names_and_addresses_are_taken_once,
    of_many_registrations_at_once_one_succeeds,
    a_key_makes_registering_safe_to_repeat,
    wrong_passwords_and_unknown_accounts_are_answered_alike,
    from_the_sixth_attempt_guessing_waits,
    a_refresh_token_is_spent_once,
    fifty_refreshes_at_once_leave_one_lineage,
    a_spent_refresh_token_ends_the_session,
    signing_out_ends_one_session_everywhere,
    signing_out_everywhere_may_keep_this_session,
    what_was_revoked_stays_revoked_after_a_restart,
    a_hash_of_an_older_system_signs_in_and_is_replaced,
    a_storm_of_sign_ins_is_let_in_as_far_as_there_is_room,
);

async fn a_newcomer_registers_and_is_signed_in(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let body = json!({
        "username": "Анна", "email": "Anna@Example.org", "password": PASSWORD,
        "first_name": " Анна ", "last_name": "", "gender": "FEMALE", "timezone": "Europe/Moscow",
    });
    let answer = app.client.post(&format!("{AUTH}/sessions/register"), &body).send().await.is(201).json();
    let (user, session) = (&answer["user"], &answer["session"]);
    assert_eq!(user["username"], "Анна");
    assert_eq!(user["email"], "Anna@Example.org");
    assert_eq!((&user["first_name"], &user["last_name"]), (&json!("Анна"), &json!(null)));
    assert_eq!((&user["gender"], &user["timezone"]), (&json!("FEMALE"), &json!("Europe/Moscow")));
    assert_eq!((&user["roles"], &user["email_verified"]), (&json!(["UNSUB_USER"]), &json!(false)));
    assert_eq!(session["token_type"], "Bearer");
    assert_eq!(session["user_id"], user["id"]);
    assert_eq!(session["expires_at"], "2026-09-21T14:33:20Z", "twenty minutes from the app's now");
    let me = app.me(session["access_token"].as_str().unwrap()).send().await.is(200).json();
    assert_eq!(me, *user);
    app.stop().await;
}

async fn either_name_signs_in_whatever_its_case(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    for login in ["anna", "ANNA", " anna@EXAMPLE.org ", "ａｎｎａ"] {
        assert_eq!(app.sign_in(login).await.id, anna.id, "{login}");
    }
    app.stop().await;
}

async fn names_and_addresses_are_taken_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    app.register("anna").await;
    for (username, email, code) in [
        ("ANNA", "other@example.org", "username_taken"),
        ("other", "Anna@Example.ORG", "email_taken"),
        ("anna", "anna@example.org", "email_taken"),
    ] {
        let body = json!({"username": username, "email": email, "password": PASSWORD});
        app.client.post(&format!("{AUTH}/sessions/register"), &body).send().await.is_problem(409, code);
    }
    app.stop().await;
}

async fn of_many_registrations_at_once_one_succeeds(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let attempts: Vec<_> = (0..12)
        .map(|n| {
            let client = app.client.clone();
            let name = if n % 2 == 0 { "anna" } else { "ANNA" };
            let body = json!({"username": name, "email": format!("{n}@example.org"), "password": PASSWORD});
            tokio::spawn(async move { client.post(&format!("{AUTH}/sessions/register"), &body).send().await })
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

async fn a_key_makes_registering_safe_to_repeat(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let register = |username: &str, key: &str| {
        let body =
            json!({"username": username, "email": format!("{username}@example.org"), "password": PASSWORD});
        app.client.post(&format!("{AUTH}/sessions/register"), &body).header("idempotency-key", key)
    };
    let first = register("anna", "k1").send().await.is(201);
    let again = register("anna", "k1").send().await.is(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    register("boris", "k1").send().await.is_problem(422, "validation_failed");
    register("anna", "k2").send().await.is_problem(409, "email_taken");
    register("anna", "").send().await.is_problem(422, "validation_failed");
    // A refusal is not kept: mended, the request may use its key.
    register("x", "k3").send().await.is(422);
    register("xenia", "k3").send().await.is(201);
    app.stop().await;
}

async fn wrong_passwords_and_unknown_accounts_are_answered_alike(database: TestDatabase) {
    let app = TestApp::start(database).await;
    app.register("anna").await;
    let known = app.try_sign_in("anna", "wrong password").await.is_problem(401, "bad_credentials");
    let unknown = app.try_sign_in("nobody", "wrong password").await.is_problem(401, "bad_credentials");
    let without_id = |body: serde_json::Value| {
        let mut body = body.as_object().unwrap().clone();
        body.remove("request_id");
        body
    };
    assert_eq!(without_id(known.json()), without_id(unknown.json()));
    assert!(known.headers.contains_key("www-authenticate"));
    app.stop().await;
}

async fn from_the_sixth_attempt_guessing_waits(database: TestDatabase) {
    let app = TestApp::start(database).await;
    app.register("anna").await;
    app.register("boris").await;
    for login in ["anna", "anna@example.org", "anna", "anna", "anna"] {
        app.try_sign_in(login, "wrong password").await.is_problem(401, "bad_credentials");
    }
    let refused = app.try_sign_in("anna", PASSWORD).await.is_problem(429, "too_many_attempts");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    app.sign_in("boris").await;
    app.stop().await;
}

async fn a_refresh_token_is_spent_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let first = app.register("anna").await;
    app.advance(60);
    let second = app.refresh(&first).await;
    assert_ne!(first.refresh, second.refresh);
    app.me(&second.access).send().await.is(200);
    app.me(&first.access).send().await.is(200);
    // Within ten seconds the parent gives the same child: tabs that race end alike.
    app.advance(9);
    assert_eq!(app.refresh(&first).await.refresh, second.refresh);
    app.advance(60);
    let third = app.refresh(&second).await;
    app.me(&third.access).send().await.is(200);
    app.stop().await;
}

async fn fifty_refreshes_at_once_leave_one_lineage(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let tabs: Vec<_> = (0..50)
        .map(|_| {
            let (client, body) = (app.client.clone(), json!({"refresh_token": anna.refresh}));
            tokio::spawn(async move { client.post(&format!("{AUTH}/sessions/refresh"), &body).send().await })
        })
        .collect();
    let mut children = std::collections::HashSet::new();
    let mut pairs = Vec::new();
    for tab in tabs {
        let pair = Person::of(&tab.await.unwrap().is(200).json());
        children.insert(pair.refresh.clone());
        pairs.push(pair);
    }
    assert_eq!(children.len(), 1, "one lineage");
    for pair in &pairs {
        app.me(&pair.access).send().await.is(200);
    }
    app.advance(60);
    app.refresh(&pairs[0]).await;
    app.stop().await;
}

async fn a_spent_refresh_token_ends_the_session(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let stolen = app.register("anna").await;
    let elsewhere = app.sign_in("anna").await;
    let owner = app.refresh(&stolen).await;
    app.advance(11);
    app.try_refresh(&stolen.refresh).await.is_problem(401, "refresh_reused");
    app.try_refresh(&owner.refresh).await.is_problem(401, "token_revoked");
    app.me(&owner.access).send().await.is_problem(401, "token_revoked");
    app.me(&elsewhere.access).send().await.is(200);
    app.stop().await;
}

async fn signing_out_ends_one_session_everywhere(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let here = app.register("anna").await;
    let elsewhere = app.sign_in("anna").await;
    let logout = format!("{AUTH}/sessions/logout");
    app.client.request(http::Method::POST, &logout).bearer(&here.access).send().await.is(204);
    app.me(&here.access).send().await.is_problem(401, "token_revoked");
    app.movies("/films", Some(&here)).await.is_problem(401, "token_revoked");
    app.try_refresh(&here.refresh).await.is_problem(401, "token_revoked");
    app.me(&elsewhere.access).send().await.is(200);
    app.client.request(http::Method::POST, &logout).send().await.is_problem(401, "token_missing");
    app.stop().await;
}

async fn signing_out_everywhere_may_keep_this_session(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let first = app.register("anna").await;
    let second = app.sign_in("anna").await;
    let logout_all = format!("{AUTH}/sessions/logout-all");
    app.client.post(&logout_all, &json!({"keep_current": true})).bearer(&first.access).send().await.is(204);
    app.me(&first.access).send().await.is(200);
    app.me(&second.access).send().await.is_problem(401, "token_revoked");
    app.client.request(http::Method::POST, &logout_all).bearer(&first.access).send().await.is(204);
    app.me(&first.access).send().await.is_problem(401, "token_revoked");
    app.try_refresh(&first.refresh).await.is_problem(401, "token_revoked");
    // In the same moment (the clock stands still) a new session is good.
    let again = app.sign_in("anna").await;
    app.me(&again.access).send().await.is(200);
    app.stop().await;
}

async fn what_was_revoked_stays_revoked_after_a_restart(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    let logout = format!("{AUTH}/sessions/logout");
    app.client.request(http::Method::POST, &logout).bearer(&anna.access).send().await.is(204);
    let app = app.restart().await;
    app.me(&anna.access).send().await.is_problem(401, "token_revoked");
    app.me(&boris.access).send().await.is(200);
    app.advance(21 * 60);
    app.me(&boris.access).send().await.is_problem(401, "token_expired");
    app.refresh(&boris).await;
    app.stop().await;
}

async fn a_hash_of_an_older_system_signs_in_and_is_replaced(database: TestDatabase) {
    let app = TestApp::start(database).await;
    app.register("anna").await;
    let auth = app.settings.open_database("auth").await.unwrap();
    let old = bcrypt::hash(PASSWORD, 4).unwrap();
    let tx = auth.begin().await.unwrap();
    tx.execute(Query::update().table("users").value("password_hash", old.as_str())).await.unwrap();
    tx.commit().await.unwrap();

    app.try_sign_in("anna", "wrong password").await.is_problem(401, "bad_credentials");
    app.sign_in("anna").await;
    let stored = auth.read().query_one(Query::select().column("password_hash").from("users")).await.unwrap();
    let stored: String = stored.unwrap().try_get_by_index(0).unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    app.sign_in("anna").await;
    auth.close().await.unwrap();
    app.stop().await;
}

async fn a_storm_of_sign_ins_is_let_in_as_far_as_there_is_room(database: TestDatabase) {
    let room = [("KINO_AUTH__HASHING_THREADS", "1"), ("KINO_AUTH__HASHING_QUEUE", "2")];
    let app = TestApp::with(database, &room).await;
    app.register("anna").await;
    let (mut let_in, mut refused) = (0, 0);
    for answer in futures::future::join_all((0..60).map(|_| app.try_sign_in("anna", PASSWORD))).await {
        if answer.status == 200 {
            let_in += 1;
        } else {
            let seconds: u64 =
                answer.is_problem(429, "too_many_sign_ins").header("retry-after").parse().unwrap();
            assert!((1..=15).contains(&seconds), "{seconds}");
            refused += 1;
        }
    }
    assert!(let_in >= 2 && refused > 0, "{let_in} were let in, {refused} refused");
    // What was refused was no attempt: nothing is held against the account.
    app.sign_in("anna").await;
    app.stop().await;
}
