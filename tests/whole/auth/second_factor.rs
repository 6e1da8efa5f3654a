//! The second factor: setting it up, signing in with it, removing it.

use http::Method;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{
    ConnectionTrait as _,
    sea_query::{Order, Query},
};
use serde_json::{Value, json};

use crate::{
    app::{AUTH, PASSWORD, Person, TestApp, until},
    authenticator_app::{Authenticator, answer, challenge, confirm, recovery_codes, set_up},
};

on_every_database!(
    an_app_is_set_up_with_a_picture_and_confirmed_with_a_code,
    setting_up_needs_a_fresh_sign_in_or_the_password,
    a_sign_in_asks_for_a_code_and_a_refresh_does_not,
    a_recovery_code_is_good_once_however_it_is_typed,
    recovery_codes_are_made_anew_with_the_password_or_a_code,
    the_password_removes_the_second_factor,
    an_account_without_a_password_removes_it_with_a_code,
    what_was_done_is_in_history_and_audit_log,
    a_blocked_account_is_not_asked_for_a_code,
);

async fn status(app: &TestApp, person: &Person) -> Value {
    app.client.get(&format!("{AUTH}/mfa")).bearer(&person.access).send().await.is(200).json()
}

async fn remove(app: &TestApp, person: &Person, proof: Value) -> Answer {
    let path = format!("{AUTH}/mfa/totp");
    app.client.request(Method::DELETE, &path).bearer(&person.access).json(&proof).send().await
}

async fn renew(app: &TestApp, person: &Person, proof: Value) -> Answer {
    let path = format!("{AUTH}/mfa/recovery-codes");
    app.client.post(&path, &proof).bearer(&person.access).send().await
}

/// The field and the code of the one error.
#[track_caller]
fn wrong_field(answer: Answer) -> (String, String) {
    let errors = answer.is_problem(422, "validation_failed").json()["errors"].clone();
    assert_eq!(errors.as_array().unwrap().len(), 1, "{errors}");
    let text = |name: &str| errors[0][name].as_str().unwrap().to_owned();
    (text("field"), text("code"))
}

fn is(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

/// Reads a QR code of the API as a phone would: draws its path, three pixels a module, and looks for codes.
fn scan(svg: &str) -> String {
    let between =
        |before: &str, after: &str| svg.split_once(before).unwrap().1.split_once(after).unwrap().0.to_owned();
    let side: usize = between("viewBox=\"0 0 ", " ").parse().unwrap();
    let mut dark = vec![vec![false; side]; side];
    for run in between("<path d=\"M", "z\"").split("zM") {
        let (x, rest) = run.split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let (length, back) = rest.split_once("v1h-").unwrap();
        assert_eq!(length, back, "a rectangle: {run}");
        let [x, y, length] = [x, y, length].map(|number| number.parse::<usize>().unwrap());
        dark[y][x..x + length].fill(true);
    }
    let light = |x: usize, y: usize| if dark[y / 3][x / 3] { 0 } else { 255 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * 3, side * 3, light);
    image.detect_grids()[0].decode().unwrap().1
}

async fn an_app_is_set_up_with_a_picture_and_confirmed_with_a_code(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("Анна").await;
    let elsewhere = app.sign_in("Анна").await;
    assert_eq!(
        status(&app, &anna).await,
        json!({"totp": false, "since": null, "recovery_codes_left": 0, "passkeys": 0})
    );
    confirm(&app, &anna, "123456").await.is_problem(409, "totp_not_set_up");

    let first = set_up(&app, &anna).await.is(200).json();
    let second = set_up(&app, &anna).await.is(200).json();
    assert_ne!(first["secret"], second["secret"]);
    assert_eq!(second["secret"].as_str().unwrap().len(), 32, "160 bits");
    let url = second["otpauth_url"].as_str().unwrap();
    let label = "Kinoservice:%D0%90%D0%BD%D0%BD%D0%B0";
    assert_eq!(
        url,
        format!("otpauth://totp/{label}?secret={}&issuer=Kinoservice", second["secret"].as_str().unwrap())
    );
    let svg = second["qr_svg"].as_str().unwrap();
    assert_eq!(scan(svg), url);
    assert!(svg.contains("role=\"img\"") && svg.contains("fill=\"#fff\""), "{svg}");

    // Not asked for before it is confirmed, and the secret that was replaced confirms nothing.
    let phone = Authenticator::scan(&second);
    app.sign_in("Анна").await;
    let stale = confirm(&app, &anna, &Authenticator::scan(&first).code(&app)).await;
    assert_eq!(wrong_field(stale), is("code", "wrong"));
    let confirmed = confirm(&app, &anna, &phone.code(&app)).await.is(200).json();
    let codes = recovery_codes(&confirmed);
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");

    let since = "2026-09-21T14:13:20.123456Z";
    assert_eq!(
        status(&app, &anna).await,
        json!({"totp": true, "since": since, "recovery_codes_left": 10, "passkeys": 0})
    );
    set_up(&app, &anna).await.is_problem(409, "totp_already_set");
    confirm(&app, &anna, &phone.code(&app)).await.is_problem(409, "totp_already_set");
    app.me(&elsewhere.access).send().await.is(200);
    // The code that confirmed is spent.
    let token = challenge(&app, "Анна").await;
    answer(&app, &token, &phone.code(&app)).await.is_problem(401, "bad_code");

    for (method, path) in [
        (Method::GET, "mfa"),
        (Method::POST, "mfa/totp/setup"),
        (Method::POST, "mfa/totp/confirm"),
        (Method::DELETE, "mfa/totp"),
        (Method::POST, "mfa/recovery-codes"),
    ] {
        let request = app.client.request(method, &format!("{AUTH}/{path}")).json(&json!({"code": "123456"}));
        request.send().await.is_problem(401, "token_missing");
    }
    app.stop().await;
}

async fn setting_up_needs_a_fresh_sign_in_or_the_password(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let anna = app.refresh(&anna).await;
    set_up(&app, &anna).await.is_problem(403, "fresh_sign_in_required");
    let with_password = async |password: &str| {
        let path = format!("{AUTH}/mfa/totp/setup");
        app.client.post(&path, &json!({"password": password})).bearer(&anna.access).send().await
    };
    assert_eq!(wrong_field(with_password("wrong password").await), is("password", "wrong"));
    assert_eq!(wrong_field(with_password(&"x".repeat(60_000)).await), is("password", "wrong"));
    with_password(PASSWORD).await.is(200);
    // What is there is judged, whatever else would do.
    for _ in 0..5 {
        assert_eq!(wrong_field(with_password("wrong password").await), is("password", "wrong"));
    }
    let refused = with_password(PASSWORD).await.is_problem(429, "too_many_attempts");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    app.stop().await;
}

async fn a_sign_in_asks_for_a_code_and_a_refresh_does_not(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, _) = Authenticator::of(&app, &anna).await;
    app.refresh(&anna).await;

    let asked = app.try_sign_in("anna@example.org", PASSWORD).await.is(200).json();
    assert_eq!(
        (&asked["mfa_required"], &asked["methods"]),
        (&json!(true), &json!(["totp", "recovery_code"]))
    );
    assert_eq!(asked["mfa_token"].as_str().unwrap().len(), 43);
    app.me(asked["mfa_token"].as_str().unwrap()).send().await.is_problem(401, "token_invalid");
    app.try_sign_in("anna", "wrong password").await.is_problem(401, "bad_credentials");

    let token = asked["mfa_token"].as_str().unwrap();
    answer(&app, token, &phone.wrong_code(&app)).await.is_problem(401, "bad_code");
    let code = phone.code(&app);
    let grouped = format!(" {} {} ", &code[..3], &code[3..]);
    let session = Person::of(&answer(&app, token, &grouped).await.is(200).json());
    assert_eq!(session.id, anna.id);
    app.me(&session.access).send().await.is(200);
    app.advance(60);
    let session = app.refresh(&session).await;
    app.me(&session.access).send().await.is(200);
    app.stop().await;
}

async fn a_recovery_code_is_good_once_however_it_is_typed(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (_, codes) = Authenticator::of(&app, &anna).await;
    let token = challenge(&app, "anna").await;
    let typed = codes[0].to_lowercase().replace('-', " ");
    answer(&app, &token, &typed).await.is(200);
    assert_eq!(status(&app, &anna).await["recovery_codes_left"], 9);
    let token = challenge(&app, "anna").await;
    answer(&app, &token, &codes[0]).await.is_problem(401, "bad_code");
    answer(&app, &token, &codes[1].replace('-', "")).await.is(200);

    // Two at once, each with a challenge of its own: the code is one.
    let (first, second) = (challenge(&app, "anna").await, challenge(&app, "anna").await);
    let (first, second) = tokio::join!(answer(&app, &first, &codes[2]), answer(&app, &second, &codes[2]));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    assert_eq!(status(&app, &anna).await["recovery_codes_left"], 7);
    app.stop().await;
}

async fn recovery_codes_are_made_anew_with_the_password_or_a_code(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    renew(&app, &anna, json!({"password": PASSWORD})).await.is_problem(409, "totp_not_set_up");
    let (phone, old) = Authenticator::of(&app, &anna).await;
    assert_eq!(wrong_field(renew(&app, &anna, json!({})).await), is("password", "required"));
    let wrong = json!({"password": "wrong password"});
    assert_eq!(wrong_field(renew(&app, &anna, wrong).await), is("password", "wrong"));
    let wrong = json!({"code": phone.wrong_code(&app)});
    assert_eq!(wrong_field(renew(&app, &anna, wrong).await), is("code", "wrong"));

    let code = phone.code(&app);
    let new = recovery_codes(&renew(&app, &anna, json!({"code": code})).await.is(200).json());
    assert!(new.iter().all(|code| !old.contains(code)));
    assert_eq!(wrong_field(renew(&app, &anna, json!({"code": code})).await), is("code", "wrong"), "spent");
    let token = challenge(&app, "anna").await;
    answer(&app, &token, &old[0]).await.is_problem(401, "bad_code");
    answer(&app, &token, &new[0]).await.is(200);

    // An answer that was lost on the way can be had again.
    let again = async || {
        let path = format!("{AUTH}/mfa/recovery-codes");
        let request = app.client.post(&path, &json!({"password": PASSWORD})).bearer(&anna.access);
        recovery_codes(&request.header("idempotency-key", "k1").send().await.is(200).json())
    };
    assert_eq!(again().await, again().await);
    app.stop().await;
}

async fn the_password_removes_the_second_factor(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    remove(&app, &anna, json!({"password": PASSWORD})).await.is_problem(409, "totp_not_set_up");
    let (phone, codes) = Authenticator::of(&app, &anna).await;
    assert_eq!(wrong_field(remove(&app, &anna, json!({})).await), is("password", "required"));
    let code = json!({"code": phone.code(&app)});
    assert_eq!(
        wrong_field(remove(&app, &anna, code).await),
        is("password", "required"),
        "the code is not enough"
    );
    let wrong = json!({"password": "wrong password"});
    assert_eq!(wrong_field(remove(&app, &anna, wrong).await), is("password", "wrong"));

    remove(&app, &anna, json!({"password": PASSWORD})).await.is(204);
    assert_eq!(status(&app, &anna).await["recovery_codes_left"], 0);
    app.sign_in("anna").await;
    // Set up anew, it is another secret, and the old recovery codes stay void.
    let (_, new) = Authenticator::of(&app, &anna).await;
    let token = challenge(&app, "anna").await;
    answer(&app, &token, &phone.code(&app)).await.is_problem(401, "bad_code");
    answer(&app, &token, &codes[0]).await.is_problem(401, "bad_code");
    answer(&app, &token, &new[0]).await.is(200);
    app.stop().await;
}

async fn an_account_without_a_password_removes_it_with_a_code(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, _) = Authenticator::of(&app, &anna).await;
    let auth = app.auth_database().await;
    let tx = auth.begin().await.unwrap();
    let none: Option<String> = None;
    tx.execute(Query::update().table("users").value("password_hash", none)).await.unwrap();
    tx.commit().await.unwrap();
    auth.close().await.unwrap();

    assert_eq!(wrong_field(remove(&app, &anna, json!({})).await), is("code", "required"));
    assert_eq!(
        wrong_field(remove(&app, &anna, json!({"password": PASSWORD})).await),
        is("password", "wrong")
    );
    let wrong = json!({"code": phone.wrong_code(&app)});
    assert_eq!(wrong_field(remove(&app, &anna, wrong).await), is("code", "wrong"));
    assert_eq!(status(&app, &anna).await["totp"], true);
    remove(&app, &anna, json!({"code": phone.code(&app)})).await.is(204);
    assert_eq!(status(&app, &anna).await["totp"], false);
    app.stop().await;
}

async fn what_was_done_is_in_history_and_audit_log(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, codes) = Authenticator::of(&app, &anna).await;
    let token = challenge(&app, "anna").await;
    answer(&app, &token, &phone.wrong_code(&app)).await.is(401);
    answer(&app, &token, &codes[0][1..]).await.is(401);
    answer(&app, &token, &phone.code(&app)).await.is(200);
    let token = challenge(&app, "anna").await;
    answer(&app, &token, &codes[0]).await.is(200);
    renew(&app, &anna, json!({"password": PASSWORD})).await.is(200);
    remove(&app, &anna, json!({"password": PASSWORD})).await.is(204);

    let auth = app.auth_database().await;
    let history = async || {
        let all = Query::select().columns(["method", "success"]).from("sign_ins").to_owned();
        let rows = auth.read().query_all(&all).await.unwrap();
        let mut rows: Vec<(String, bool)> =
            rows.iter().map(|row| row.try_get_many_by_index().unwrap()).collect();
        rows.sort();
        rows
    };
    // Failures are written a little later.
    let rows = until("the failures are in the history", async || {
        Some(history().await).filter(|rows| rows.iter().filter(|(_, success)| !success).count() == 2)
    });
    let wanted = [
        ("password+recovery_code", false),
        ("password+recovery_code", true),
        ("password+totp", false),
        ("password+totp", true),
        ("registration", true),
    ];
    assert_eq!(rows.await, wanted.map(|(method, success)| (method.to_owned(), success)));

    let log = Query::select().column("action").from("audit").order_by("position", Order::Asc).to_owned();
    let rows = auth.read().query_all(&log).await.unwrap();
    let actions: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(
        actions,
        ["account.second_factor_set", "account.recovery_codes_made", "account.second_factor_removed"]
    );
    auth.close().await.unwrap();
    app.stop().await;
}

async fn a_blocked_account_is_not_asked_for_a_code(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (phone, _) = Authenticator::of(&app, &anna).await;
    let before = challenge(&app, "anna").await;
    let auth = app.auth_database().await;
    let tx = auth.begin().await.unwrap();
    tx.execute(Query::update().table("users").value("blocked_at", app.clock.now())).await.unwrap();
    tx.commit().await.unwrap();
    auth.close().await.unwrap();
    app.try_sign_in("anna", PASSWORD).await.is_problem(403, "account_blocked");
    answer(&app, &before, &phone.code(&app)).await.is_problem(403, "account_blocked");
    app.stop().await;
}
