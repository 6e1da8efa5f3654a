//! Passkeys: made, used, renamed, removed; and what is tried with them by those who should not.

use http::Method;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};

use crate::{
    app::{AUTH, PASSWORD, Person, TestApp, until},
    authenticator::Authenticator,
};

on_every_database!(
    a_passkey_signs_in_until_it_is_removed,
    a_ceremony_ends_with_its_first_answer_and_belongs_to_who_began_it,
    of_one_signature_sent_many_times_at_once_one_signs_in,
    wrong_answers_make_no_passkey,
    wrong_signatures_do_not_sign_in,
    a_copy_of_a_passkey_is_found_out,
    passkeys_are_their_owners_business,
    a_token_alone_neither_adds_nor_removes_passkeys,
    an_account_has_so_many_passkeys_and_no_more,
    blocked_accounts_stay_out,
    those_who_try_signatures_wait,
    a_site_without_a_name_goes_without_passkeys,
    nonsense_is_refused_in_the_house_form,
);

async fn call(app: &TestApp, method: Method, path: &str, person: &Person, body: &Value) -> Answer {
    let request = app.client.request(method, &format!("{AUTH}{path}")).bearer(&person.access);
    if body.is_null() { request.send().await } else { request.json(body).send().await }
}

async fn begin(app: &TestApp, person: &Person) -> Value {
    call(app, Method::POST, "/passkeys/registration", person, &Value::Null).await.is(200).json()
}

async fn finish(app: &TestApp, person: &Person, begun: &Value, credential: &Value) -> Answer {
    let body = json!({"ceremony_id": begun["ceremony_id"], "credential": credential, "name": "Phone"});
    call(app, Method::POST, "/passkeys/registration/finish", person, &body).await
}

/// Adds a passkey to an account.
async fn add(app: &TestApp, person: &Person) -> (Authenticator, Value) {
    let mut phone = Authenticator::at(&app.origin());
    let begun = begin(app, person).await;
    let made = finish(app, person, &begun, &phone.create(&begun["options"])).await.is(201).json();
    (phone, made)
}

async fn begin_sign_in(app: &TestApp) -> Value {
    app.client.post(&format!("{AUTH}/sessions/passkey"), &json!({})).send().await.is(200).json()
}

async fn finish_sign_in(app: &TestApp, begun: &Value, credential: &Value) -> Answer {
    let body = json!({"ceremony_id": begun["ceremony_id"], "credential": credential});
    app.client.post(&format!("{AUTH}/sessions/passkey/finish"), &body).send().await
}

async fn try_sign_in(app: &TestApp, phone: &mut Authenticator) -> Answer {
    let begun = begin_sign_in(app).await;
    finish_sign_in(app, &begun, &phone.get(&begun["options"])).await
}

async fn execute(app: &TestApp, sql: &str) {
    let database = app.settings.open_database("auth").await.unwrap();
    let tx = database.begin().await.unwrap();
    let engine = if app.settings.is_embedded() { DbBackend::Sqlite } else { DbBackend::Postgres };
    tx.execute_raw(Statement::from_string(engine, sql)).await.unwrap();
    tx.commit().await.unwrap();
    database.close().await.unwrap();
}

/// What the audit log says of an account, the oldest first.
async fn audited(app: &TestApp, person: &Person) -> Vec<String> {
    let database = app.settings.open_database("auth").await.unwrap();
    let engine = if app.settings.is_embedded() { DbBackend::Sqlite } else { DbBackend::Postgres };
    let sql = format!("SELECT action FROM audit WHERE target = '{}' ORDER BY position", person.id);
    let rows = database.read().query_all_raw(Statement::from_string(engine, sql)).await.unwrap();
    let actions = rows.iter().map(|row| row.try_get("", "action").unwrap()).collect();
    database.close().await.unwrap();
    actions
}

async fn a_passkey_signs_in_until_it_is_removed(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let list = async || call(&app, Method::GET, "/passkeys", &anna, &Value::Null).await.is(200).json();
    let count = async || {
        call(&app, Method::GET, "/mfa", &anna, &Value::Null).await.is(200).json()["passkeys"].clone()
    };
    assert_eq!((list().await, count().await), (json!({"items": []}), json!(0)));

    let (mut phone, made) = add(&app, &anna).await;
    assert_eq!(count().await, 1);
    assert_eq!((&made["name"], &made["last_used_at"]), (&json!("Phone"), &Value::Null));
    assert_eq!(list().await, json!({"items": [made]}));
    let begun = begin(&app, &anna).await;
    assert_eq!(begun["options"]["rp"]["id"], "localhost");
    assert_eq!(begun["options"]["user"]["name"], "anna");
    let excluded = begun["options"]["excludeCredentials"].as_array().unwrap();
    assert_eq!((excluded.len(), &excluded[0]["id"]), (1, &json!(phone.id())));

    for _ in 0..2 {
        app.advance(60);
        let session = try_sign_in(&app, &mut phone).await.is(200).json();
        let signed_in = Person::of(&session);
        assert_eq!(signed_in.id, anna.id);
        app.me(&signed_in.access).send().await.is(200);
        app.refresh(&signed_in).await;
    }
    let used = list().await["items"][0]["last_used_at"].clone();
    assert_eq!(used, serde_json::to_value(app.clock.now()).unwrap());
    let history =
        call(&app, Method::GET, "/sessions/entry-history", &anna, &Value::Null).await.is(200).json();
    assert_eq!(history["items"][0]["method"], "passkey");

    let path = format!("/passkeys/{}", made["id"].as_str().unwrap());
    let renamed = call(&app, Method::PATCH, &path, &anna, &json!({"name": "  Old phone "})).await;
    assert_eq!(renamed.is(200).json()["name"], "Old phone");
    assert_eq!(list().await["items"][0]["name"], "Old phone");
    call(&app, Method::DELETE, &path, &anna, &Value::Null).await.is(204);
    assert_eq!((list().await, count().await), (json!({"items": []}), json!(0)));
    call(&app, Method::DELETE, &path, &anna, &Value::Null).await.is_problem(404, "passkey_not_found");
    try_sign_in(&app, &mut phone).await.is_problem(401, "passkey_rejected");
    assert_eq!(audited(&app, &anna).await, ["account.passkey_added", "account.passkey_removed"]);
    app.stop().await;
}

async fn a_ceremony_ends_with_its_first_answer_and_belongs_to_who_began_it(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    let mut phone = Authenticator::at(&app.origin());
    let begun = begin(&app, &anna).await;
    let answer = phone.create(&begun["options"]);
    finish(&app, &anna, &begun, &answer).await.is(201);
    finish(&app, &anna, &begun, &answer).await.is_problem(404, "ceremony_not_found");

    let begun = begin(&app, &anna).await;
    let answer = Authenticator::at(&app.origin()).create(&begun["options"]);
    finish(&app, &boris, &begun, &answer).await.is_problem(404, "ceremony_not_found");
    finish(&app, &anna, &begun, &answer).await.is_problem(404, "ceremony_not_found");

    let begun = begin_sign_in(&app).await;
    let answer = phone.get(&begun["options"]);
    finish_sign_in(&app, &begun, &answer).await.is(200);
    finish_sign_in(&app, &begun, &answer).await.is_problem(404, "ceremony_not_found");

    // Neither kind of ceremony is taken for the other.
    let begun = begin(&app, &anna).await;
    let answer = phone.get(&begun["options"]);
    finish_sign_in(&app, &begun, &answer).await.is_problem(404, "ceremony_not_found");
    let begun = begin_sign_in(&app).await;
    let options = json!({"challenge": begun["options"]["challenge"], "user": {"id": phone.user_handle}});
    let answer = Authenticator::at(&app.origin()).create(&options);
    finish(&app, &anna, &begun, &answer).await.is_problem(404, "ceremony_not_found");
    app.stop().await;
}

async fn of_one_signature_sent_many_times_at_once_one_signs_in(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_LIMITS__ENABLED", "false")]).await;
    let anna = app.register("anna").await;
    let (mut phone, _) = add(&app, &anna).await;
    let begun = begin_sign_in(&app).await;
    let answer = phone.get(&begun["options"]);
    let send = || finish_sign_in(&app, &begun, &answer);
    let (a, b, c, d) = tokio::join!(send(), send(), send(), send());
    let mut statuses = [a, b, c, d].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404]);
    app.stop().await;
}

async fn wrong_answers_make_no_passkey(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let wrongs: [fn(&mut Authenticator); 4] = [
        |phone| phone.origin = "https://evil.example".into(),
        |phone| phone.origin = "http://localhost:1".into(),
        |phone| phone.rp_id = "evil.example".into(),
        |phone| phone.verifies = false,
    ];
    for wrong in wrongs {
        let mut phone = Authenticator::at(&app.origin());
        wrong(&mut phone);
        let begun = begin(&app, &anna).await;
        let answer = phone.create(&begun["options"]);
        finish(&app, &anna, &begun, &answer).await.is_problem(422, "passkey_rejected");
    }
    // The answer to another ceremony.
    let (begun, other) = (begin(&app, &anna).await, begin(&app, &anna).await);
    let answer = Authenticator::at(&app.origin()).create(&other["options"]);
    finish(&app, &anna, &begun, &answer).await.is_problem(422, "passkey_rejected");
    let list = call(&app, Method::GET, "/passkeys", &anna, &Value::Null).await.is(200).json();
    assert_eq!(list, json!({"items": []}));
    app.stop().await;
}

async fn wrong_signatures_do_not_sign_in(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_LIMITS__ENABLED", "false")]).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    let (mut phone, _) = add(&app, &anna).await;
    let (theirs, _) = add(&app, &boris).await;
    let wrongs: [fn(&mut Authenticator, &Authenticator); 5] = [
        |phone, _| phone.origin = "https://evil.example".into(),
        |phone, _| phone.origin = "http://localhost:1".into(),
        |phone, _| phone.rp_id = "evil.example".into(),
        |phone, _| phone.verifies = false,
        |phone, theirs| phone.user_handle.clone_from(&theirs.user_handle),
    ];
    let (origin, handle) = (app.origin(), phone.user_handle.clone());
    for wrong in wrongs {
        wrong(&mut phone, &theirs);
        try_sign_in(&app, &mut phone).await.is_problem(401, "passkey_rejected");
        (phone.origin, phone.rp_id) = (origin.clone(), "localhost".to_owned());
        (phone.verifies, phone.user_handle) = (true, handle.clone());
    }
    let changes: [(&str, Value); 3] = [
        ("/response/signature", json!("MAYCAQECAQE")),
        ("/id", json!(theirs.id())),
        ("/response/userHandle", json!(theirs.user_handle)),
    ];
    for (place, value) in changes {
        let begun = begin_sign_in(&app).await;
        let mut answer = phone.get(&begun["options"]);
        *answer.pointer_mut(place).unwrap() = value.clone();
        if place == "/id" {
            answer["rawId"] = value;
        }
        finish_sign_in(&app, &begun, &answer).await.is_problem(401, "passkey_rejected");
    }
    let (begun, other) = (begin_sign_in(&app).await, begin_sign_in(&app).await);
    finish_sign_in(&app, &begun, &phone.get(&other["options"])).await.is_problem(401, "passkey_rejected");
    let mut stranger = Authenticator::at(&origin);
    stranger.user_handle.clone_from(&handle);
    try_sign_in(&app, &mut stranger).await.is_problem(401, "passkey_rejected");

    try_sign_in(&app, &mut phone).await.is(200);
    until("the failures are in the history", async || {
        let history = call(&app, Method::GET, "/sessions/entry-history", &anna, &Value::Null).await.json();
        let is_failure = |item: &&Value| item["success"] == false && item["method"] == "passkey";
        // All but the two whose passkey was another's or nobody's.
        (history["items"].as_array()?.iter().filter(is_failure).count() == 8).then_some(())
    })
    .await;
    app.stop().await;
}

async fn a_copy_of_a_passkey_is_found_out(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (mut phone, _) = add(&app, &anna).await;
    phone.counter = 7;
    try_sign_in(&app, &mut phone).await.is(200);
    phone.counter = 3;
    try_sign_in(&app, &mut phone).await.is_problem(401, "passkey_rejected");
    phone.counter = 7;
    try_sign_in(&app, &mut phone).await.is_problem(401, "passkey_rejected");
    try_sign_in(&app, &mut phone).await.is(200);
    let noted = ["account.passkey_added", "account.passkey_cloned", "account.passkey_cloned"];
    assert_eq!(audited(&app, &anna).await, noted);
    app.stop().await;
}

async fn passkeys_are_their_owners_business(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    let (mut phone, made) = add(&app, &anna).await;
    let path = format!("/passkeys/{}", made["id"].as_str().unwrap());
    let renamed = call(&app, Method::PATCH, &path, &boris, &json!({"name": "Mine"})).await;
    renamed.is_problem(404, "passkey_not_found");
    call(&app, Method::DELETE, &path, &boris, &Value::Null).await.is_problem(404, "passkey_not_found");
    let list = call(&app, Method::GET, "/passkeys", &boris, &Value::Null).await.is(200).json();
    assert_eq!(list, json!({"items": []}));
    for (method, path) in [
        (Method::GET, "/passkeys"),
        (Method::POST, "/passkeys/registration"),
        (Method::DELETE, path.as_str()),
    ] {
        let request = app.client.request(method, &format!("{AUTH}{path}"));
        request.send().await.is_problem(401, "token_missing");
    }
    // The same passkey under another account.
    let begun = begin(&app, &boris).await;
    let handle = phone.user_handle.clone();
    let again = finish(&app, &boris, &begun, &phone.create(&begun["options"])).await;
    again.is_problem(409, "passkey_exists");
    phone.user_handle = handle;
    let session = try_sign_in(&app, &mut phone).await.is(200).json();
    assert_eq!(session["user_id"], json!(anna.id));
    app.stop().await;
}

async fn a_token_alone_neither_adds_nor_removes_passkeys(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (_, made) = add(&app, &anna).await;
    let anna = app.refresh(&anna).await;
    let path = format!("/passkeys/{}", made["id"].as_str().unwrap());
    for (method, path) in [(Method::POST, "/passkeys/registration"), (Method::DELETE, path.as_str())] {
        let send = async |body: Value| call(&app, method.clone(), path, &anna, &body).await;
        send(Value::Null).await.is_problem(403, "fresh_sign_in_required");
        send(json!({})).await.is_problem(403, "fresh_sign_in_required");
        send(json!({"password": "wrong horse battery"})).await.is_problem(422, "validation_failed");
        send(json!({"password": "x".repeat(5000)})).await.is_problem(422, "validation_failed");
        let done = send(json!({"password": PASSWORD})).await;
        assert!(done.status.is_success(), "{}", done.text());
    }
    app.stop().await;
}

async fn an_account_has_so_many_passkeys_and_no_more(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let early = begin(&app, &anna).await;
    for _ in 0..20 {
        add(&app, &anna).await;
    }
    let begun = call(&app, Method::POST, "/passkeys/registration", &anna, &Value::Null).await;
    begun.is_problem(409, "too_many_passkeys");
    let answer = Authenticator::at(&app.origin()).create(&early["options"]);
    finish(&app, &anna, &early, &answer).await.is_problem(409, "too_many_passkeys");
    app.stop().await;
}

async fn blocked_accounts_stay_out(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (mut phone, _) = add(&app, &anna).await;
    execute(&app, "UPDATE users SET blocked_at = created_at").await;
    try_sign_in(&app, &mut phone).await.is_problem(403, "account_blocked");
    execute(&app, "UPDATE users SET blocked_at = NULL").await;
    try_sign_in(&app, &mut phone).await.is(200);
    app.stop().await;
}

async fn those_who_try_signatures_wait(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let mut stranger = Authenticator::at(&app.origin());
    "AAAAAAAAAAAAAAAAAAAAAA".clone_into(&mut stranger.user_handle);
    for _ in 0..5 {
        try_sign_in(&app, &mut stranger).await.is_problem(401, "passkey_rejected");
    }
    try_sign_in(&app, &mut stranger).await.is_problem(429, "too_many_attempts");
    app.stop().await;
}

async fn a_site_without_a_name_goes_without_passkeys(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_PUBLIC_URL", "http://10.0.0.5:8000")]).await;
    let anna = app.register("anna").await;
    let begun = app.client.post(&format!("{AUTH}/sessions/passkey"), &json!({})).send().await;
    begun.is_problem(409, "passkeys_unavailable");
    let begun = call(&app, Method::POST, "/passkeys/registration", &anna, &Value::Null).await;
    begun.is_problem(409, "passkeys_unavailable");
    app.sign_in("anna").await;
    app.stop().await;
}

async fn nonsense_is_refused_in_the_house_form(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_LIMITS__ENABLED", "false")]).await;
    let anna = app.register("anna").await;
    let (mut phone, _) = add(&app, &anna).await;
    let (creation, request) = (begin(&app, &anna).await, begin_sign_in(&app).await);
    let (made, signed) = (phone.create(&creation["options"]), phone.get(&request["options"]));
    let nonsense = [
        Value::Null,
        json!("x"),
        json!([]),
        json!({}),
        json!({"id": "x"}),
        json!({"id": "AAAAAAAAAAAAAAAAAAAAAA", "rawId": "AAAAAAAAAAAAAAAAAAAAAA", "type": "public-key", "response": {}}),
    ];
    for credential in nonsense {
        finish(&app, &anna, &creation, &credential).await.is_problem(422, "validation_failed");
        finish_sign_in(&app, &request, &credential).await.is_problem(422, "validation_failed");
    }
    for (answer, fields) in [
        (&made, &["clientDataJSON", "attestationObject"][..]),
        (&signed, &["clientDataJSON", "authenticatorData", "signature", "userHandle"]),
    ] {
        for field in fields {
            for value in ["", "!", "AA", "e30", &"A".repeat(4096)] {
                let mut answer = answer.clone();
                answer["response"][field] = json!(value);
                let refused = if fields.len() == 2 {
                    finish(&app, &anna, &begin(&app, &anna).await, &answer).await
                } else {
                    finish_sign_in(&app, &begin_sign_in(&app).await, &answer).await
                };
                assert!(matches!(refused.status.as_u16(), 401 | 422), "{field} {value}: {}", refused.text());
            }
        }
    }
    for id in ["", "x", "\u{0}", "AAAAAAAAAAAAAAAAAAAAAA", &"A".repeat(10_000)] {
        let begun = json!({"ceremony_id": id});
        finish(&app, &anna, &begun, &made).await.is_problem(404, "ceremony_not_found");
        finish_sign_in(&app, &begun, &signed).await.is_problem(404, "ceremony_not_found");
    }
    for name in ["", "  ", &"x".repeat(51)] {
        let body = json!({"ceremony_id": creation["ceremony_id"], "credential": made, "name": name});
        let refused = call(&app, Method::POST, "/passkeys/registration/finish", &anna, &body).await;
        refused.is_problem(422, "validation_failed");
    }
    let path = "/passkeys/018f0000-0000-7000-8000-000000000000";
    call(&app, Method::PATCH, path, &anna, &json!({"name": ""})).await.is_problem(422, "validation_failed");
    call(&app, Method::PATCH, path, &anna, &json!({"name": "x"})).await.is_problem(404, "passkey_not_found");
    call(&app, Method::PATCH, "/passkeys/x", &anna, &json!({"name": "x"})).await.is_problem(404, "not_found");
    app.stop().await;
}
