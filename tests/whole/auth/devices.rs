//! Devices that are signed in, the history of sign-ins, and who is held up by guessing.

use std::collections::BTreeSet;

use http::Method;
use kino_domain::{AuthEvent, DomainEvent as _, Entropy};
use kino_engine::{EventLog, log::Start};
use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};

use crate::app::{AUTH, PASSWORD, Person, TestApp, until};

on_every_database!(
    devices_are_listed_and_ended_from_afar,
    the_history_tells_of_every_attempt,
    the_history_goes_on_over_months_and_ends_with_its_retention,
    a_new_device_is_told_of_and_a_known_one_is_not,
    strangers_who_guess_do_not_keep_the_owner_out,
    signing_out_works_with_a_token_whose_rights_changed,
);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148";

/// A platform that believes its test where a request comes from.
async fn start(database: TestDatabase) -> TestApp {
    TestApp::with(database, &[("KINO_TRUSTED_PROXIES", "127.0.0.1")]).await
}

async fn try_sign_in(app: &TestApp, login: &str, password: &str, from: &str, user_agent: &str) -> Answer {
    app.client
        .post(&format!("{AUTH}/sessions/login"), &json!({"login": login, "password": password}))
        .header("x-forwarded-for", from)
        .header("user-agent", user_agent)
        .send()
        .await
}

async fn sign_in(app: &TestApp, from: &str, user_agent: &str) -> Person {
    Person::of(&try_sign_in(app, "anna", PASSWORD, from, user_agent).await.is(200).json())
}

async fn get(app: &TestApp, path: &str, person: &Person) -> Answer {
    app.client.get(&format!("{AUTH}{path}")).bearer(&person.access).send().await
}

fn column<'a>(page: &'a Value, name: &str) -> Vec<&'a Value> {
    page["items"].as_array().unwrap().iter().map(|item| &item[name]).collect()
}

async fn devices_are_listed_and_ended_from_afar(database: TestDatabase) {
    let app = start(database).await;
    let home = app.register("anna").await;
    app.advance(60);
    let phone = sign_in(&app, "198.51.100.7", PHONE).await;
    app.advance(60);
    let home = app.refresh(&home).await;

    let devices = get(&app, "/sessions", &home).await.is(200).json();
    assert_eq!(devices["total"], 2);
    assert_eq!(column(&devices, "current"), [&json!(true), &json!(false)], "the one last seen first");
    let theirs = &devices["items"][1];
    assert_eq!((&theirs["user_agent"], &theirs["ip"]), (&json!(PHONE), &json!("198.51.100.7")));
    assert_eq!(theirs["device_type"], "mobile");
    assert!(devices["items"][0]["last_seen_at"].as_str() > devices["items"][0]["created_at"].as_str());
    let second = get(&app, "/sessions?page_number=2&page_size=1", &home).await.is(200).json();
    assert_eq!(second["items"][0]["id"], theirs["id"]);

    let path = format!("{AUTH}/sessions/{}", theirs["id"].as_str().unwrap());
    let end = async |by: &Person| app.client.request(Method::DELETE, &path).bearer(&by.access).send().await;
    // Nobody else's business.
    let boris = app.register("boris").await;
    end(&boris).await.is_problem(404, "session_not_found");
    end(&home).await.is(204);
    app.me(&phone.access).send().await.is_problem(401, "token_revoked");
    app.movies("/films", Some(&phone)).await.is_problem(401, "token_revoked");
    app.try_refresh(&phone.refresh).await.is_problem(401, "token_revoked");
    end(&home).await.is_problem(404, "session_not_found");
    app.me(&home.access).send().await.is(200);
    assert_eq!(get(&app, "/sessions", &home).await.is(200).json()["total"], 1);
    app.client.get(&format!("{AUTH}/sessions")).send().await.is_problem(401, "token_missing");
    app.stop().await;
}

async fn the_history_tells_of_every_attempt(database: TestDatabase) {
    let app = start(database).await;
    let boss = app.administrator().await;
    app.register("anna").await;
    app.advance(1);
    try_sign_in(&app, "anna", "wrong password", "203.0.113.9", "curl/8").await.is(401);
    app.advance(1);
    let anna = sign_in(&app, "198.51.100.7", FIREFOX).await;
    let history = until("the failure is written", async || {
        let history = get(&app, "/sessions/entry-history", &anna).await.is(200).json();
        (history["total"] == 3).then_some(history)
    })
    .await;
    assert_eq!(column(&history, "success"), [&json!(true), &json!(false), &json!(true)], "newest first");
    assert_eq!(column(&history, "method"), ["password", "password", "registration"]);
    assert_eq!(column(&history, "ip")[..2], ["198.51.100.7", "203.0.113.9"]);
    assert_eq!(column(&history, "device_type")[..2], ["desktop", "other"]);

    let path = format!("/users/{}/entry-history", anna.id);
    assert_eq!(get(&app, &path, &boss).await.is(200).json()["items"], history["items"]);
    get(&app, &path, &anna).await.is_problem(403, "permission_denied");
    let nobody = "/users/018f0000-0000-7000-8000-000000000000/entry-history";
    get(&app, nobody, &boss).await.is_problem(404, "user_not_found");
    assert_eq!(get(&app, "/sessions/entry-history", &boss).await.is(200).json()["total"], 1);
    app.stop().await;
}

async fn the_history_goes_on_over_months_and_ends_with_its_retention(database: TestDatabase) {
    let month = 31 * 24 * 3600;
    let app = TestApp::with(database, &[("KINO_AUTH__HISTORY_MONTHS", "2")]).await;
    app.register("anna").await;
    // As long as parts are made ahead, nobody has to be there to make them.
    for _ in 0..3 {
        app.advance(month);
        app.sign_in("anna").await;
    }
    let app = app.restart().await;
    app.advance(month);
    let anna = app.sign_in("anna").await;
    let total = async |app: &TestApp| {
        let anna = app.sign_in("anna").await;
        get(app, "/sessions/entry-history", &anna).await.is(200).json()["total"].as_u64().unwrap()
    };
    // The restart swept: the registration was three months back.
    assert_eq!(total(&app).await, 5, "{}", anna.id);
    app.stop().await;
}

/// A viewer's history is read from the parts that hold their account, and from no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_history_query_touches_the_parts_of_its_account_alone() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let app = start(database).await;
    let anna = app.register("anna").await;
    let auth = app.settings.open_database("auth").await.unwrap();
    let plan = Statement::from_string(
        DbBackend::Postgres,
        format!(
            "EXPLAIN SELECT * FROM sign_ins WHERE user_id = '{}' ORDER BY login_at DESC, id DESC LIMIT 50",
            anna.id
        ),
    );
    let rows = auth.read().query_all_raw(plan).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let parts: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line.split_once(" on sign_ins_")?.1.split_whitespace().next())
        .filter(|part| !part.ends_with("_pkey"))
        .collect();
    // This month, the one before, three ahead: one part of four of each.
    assert_eq!(parts.len(), 5, "{lines:#?}");
    let quarters: BTreeSet<&str> = parts.iter().map(|part| part.rsplit('_').next().unwrap()).collect();
    assert_eq!(quarters.len(), 1, "{parts:?}");
    assert!(!lines.iter().any(|line| line.contains("Seq Scan")), "{lines:#?}");
    auth.close().await.unwrap();
    app.stop().await;
}

/// The events of a kind that were published so far; waits for a marker event, which is published last.
async fn new_devices(app: &TestApp) -> Vec<(String, String)> {
    let marker = app.register("marker").await;
    let (url, database) = (&app.settings.events, app.settings.database_url());
    let log = EventLog::open(url, &database, app.clock.clone(), Entropy::system()).await.unwrap();
    let since = app.clock.now() - chrono::TimeDelta::days(1);
    let mut follower = log.follow(AuthEvent::TOPIC, Start::Time(since)).await.unwrap();
    let mut devices = Vec::new();
    let devices = loop {
        let mut is_over = false;
        for record in follower.next(100, std::time::Duration::from_secs(30)).await.unwrap() {
            match record.envelope.open::<AuthEvent>().unwrap() {
                AuthEvent::SignedInFromNewDevice { user_agent, ip, .. } => devices.push((user_agent, ip)),
                AuthEvent::UserRegistered { user_id, .. } => is_over |= user_id.to_string() == marker.id,
                _ => {}
            }
        }
        if is_over {
            break devices;
        }
    };
    log.close().await.unwrap();
    devices
}

async fn a_new_device_is_told_of_and_a_known_one_is_not(database: TestDatabase) {
    let app = start(database).await;
    let body = json!({"username": "anna", "email": "anna@example.org", "password": PASSWORD});
    let register = app.client.post(&format!("{AUTH}/sessions/register"), &body);
    register.header("user-agent", FIREFOX).header("x-forwarded-for", "198.51.100.7").send().await.is(201);
    sign_in(&app, "198.51.100.7", FIREFOX).await;
    // An update and another address nearby make no other device.
    sign_in(&app, "198.51.2.9", &FIREFOX.replace("140", "141")).await;
    sign_in(&app, "203.0.113.9", PHONE).await;
    sign_in(&app, "203.0.113.9", PHONE).await;
    assert_eq!(new_devices(&app).await, [(PHONE.to_owned(), "203.0.113.9".to_owned())]);
    app.stop().await;
}

async fn strangers_who_guess_do_not_keep_the_owner_out(database: TestDatabase) {
    let app = start(database).await;
    app.register("anna").await;
    sign_in(&app, "198.51.100.7", FIREFOX).await;
    for n in 0..50 {
        let from = format!("203.0.113.{n}");
        try_sign_in(&app, "anna", "wrong password", &from, "curl/8").await.is_problem(401, "bad_credentials");
    }
    // By now every stranger waits, even with the right password,
    let stranger = try_sign_in(&app, "anna", PASSWORD, "203.0.113.200", "curl/8").await;
    let wait: u64 = stranger.is_problem(429, "too_many_attempts").header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    // but not who signed in from there before, nor any other account.
    sign_in(&app, "198.51.100.7", FIREFOX).await;
    app.register("boris").await;
    try_sign_in(&app, "boris", PASSWORD, "203.0.113.200", "curl/8").await.is(200);
    app.stop().await;
}

async fn signing_out_works_with_a_token_whose_rights_changed(database: TestDatabase) {
    let app = start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.change_role(&boss, Method::PUT, &anna, "SUB_USER").await.is(204);
    app.me(&anna.access).send().await.is_problem(401, "token_stale");
    let logout = format!("{AUTH}/sessions/logout");
    app.client.request(Method::POST, &logout).bearer(&anna.access).send().await.is(204);
    app.try_refresh(&anna.refresh).await.is_problem(401, "token_revoked");
    app.client
        .request(Method::POST, &logout)
        .bearer(&anna.access)
        .send()
        .await
        .is_problem(401, "token_revoked");
    app.stop().await;
}

/// Two servers that share their engines count together.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted_across_processes() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let (Some(cache), url) = (kino_testkit::redis().await, database.url().to_owned()) else { return };
    let one = TestApp::with(database, &[("KINO_CACHE", &cache)]).await;
    one.register("anna").await;
    let other =
        TestApp::with(TestDatabase::sqlite(), &[("KINO_DATABASE", &url), ("KINO_CACHE", &cache)]).await;
    for n in 0..5 {
        let app = if n % 2 == 0 { &one } else { &other };
        app.try_sign_in("anna", "wrong password").await.is_problem(401, "bad_credentials");
    }
    one.try_sign_in("anna", PASSWORD).await.is_problem(429, "too_many_attempts");
    other.try_sign_in("anna", PASSWORD).await.is_problem(429, "too_many_attempts");
    other.stop().await;
    one.stop().await;
}
