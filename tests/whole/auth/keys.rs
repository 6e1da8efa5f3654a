//! Keys: made anew without anyone noticing, taken out of service at once where one has leaked.

use std::{
    collections::HashSet,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use jsonwebtoken::{Algorithm, EncodingKey, decode_header};
use kino::Settings;
use kino_auth::{KeyFolder, SigningAlgorithm};
use kino_domain::Entropy;
use kino_testkit::{Client, TestDatabase, on_every_database};
use sea_orm::{
    ConnectionTrait as _,
    sea_query::{Expr, ExprTrait as _, Query},
};
use serde_json::Value;

use crate::{
    app::{AUTH, Person, TestApp, until},
    program::Program,
};

on_every_database!(
    nobody_is_refused_while_keys_change,
    an_old_key_is_deleted_when_its_tokens_are_gone,
    keys_change_by_schedule,
    a_platform_may_sign_with_eddsa,
    a_change_of_the_algorithm_keeps_old_tokens_good,
);

const DAY: i64 = 24 * 60 * 60;
/// A key signs two minutes after it was made.
const UNTIL_IT_SIGNS: i64 = 125;

fn kid(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

async fn published(client: &Client) -> Vec<Value> {
    let answer = client.get("/auth/.well-known/jwks.json").send().await.is(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    answer.json()["keys"].as_array().unwrap().clone()
}

async fn until_published(client: &Client, count: usize) -> Vec<Value> {
    until(&format!("{count} keys are published"), async || {
        Some(published(client).await).filter(|keys| keys.len() == count)
    })
    .await
}

/// Makes a key, as the command line does beside a running server.
fn rotate(app: &TestApp) {
    KeyFolder::new(app.settings.keys_folder(), app.clock.clone(), Entropy::system())
        .rotate(app.settings.auth.signing_algorithm)
        .unwrap();
}

/// Waits until the audit log says this of one key, and tells of which.
async fn until_noted(settings: &Settings, action: &str) -> String {
    let database = settings.open_database("auth").await.unwrap();
    let query =
        Query::select().column("target").from("audit").and_where(Expr::col("action").eq(action)).to_owned();
    let row = until("the audit log tells of it", async || {
        let mut rows = database.read().query_all(&query).await.unwrap();
        assert!(rows.len() <= 1, "it tells of it once");
        rows.pop()
    })
    .await;
    database.close().await.unwrap();
    row.try_get("", "target").unwrap()
}

/// People who are never idle: they look at themselves and at films, and refresh their tokens, until told to stop.
#[derive(Default)]
struct Crowd {
    rounds: AtomicUsize,
    is_over: AtomicBool,
}

impl Crowd {
    /// One of them: every answer must be good. Tells with which keys the tokens were signed.
    async fn live(self: Arc<Self>, client: Client, mut person: Person) -> HashSet<String> {
        let mut kids = HashSet::new();
        while !self.is_over.load(Ordering::Relaxed) {
            kids.extend([kid(&person.access), kid(&person.refresh)]);
            client.get(&format!("{AUTH}/users/me")).bearer(&person.access).send().await.is(200);
            client.get("/async/api/v1/films?page_size=1").bearer(&person.access).send().await.is(200);
            let body = serde_json::json!({"refresh_token": person.refresh});
            let refreshed = client.post(&format!("{AUTH}/sessions/refresh"), &body).send().await.is(200);
            person = Person::of(&refreshed.json());
            self.rounds.fetch_add(1, Ordering::Relaxed);
        }
        kids
    }

    async fn until_rounds(&self, more: usize) {
        let enough = self.rounds.load(Ordering::Relaxed) + more;
        until("the crowd goes on", async || (self.rounds.load(Ordering::Relaxed) >= enough).then_some(()))
            .await;
    }
}

async fn nobody_is_refused_while_keys_change(database: TestDatabase) {
    const CHANGES: usize = 3;
    let app = TestApp::start(database).await;
    let early = app.register("early").await;
    let crowd = Arc::new(Crowd::default());
    let mut people = Vec::new();
    for n in 0..4 {
        let person = app.register(&format!("viewer{n}")).await;
        people.push(tokio::spawn(Arc::clone(&crowd).live(app.client.clone(), person)));
    }
    let mut kids = vec![kid(&early.access)];
    for change in 1..=CHANGES {
        rotate(&app);
        until_published(&app.client, change + 1).await;
        crowd.until_rounds(20).await;
        assert_eq!(
            kid(&app.sign_in("early").await.access),
            kids[change - 1],
            "published, it does not sign yet"
        );
        app.advance(UNTIL_IT_SIGNS);
        let signing = until("the new key signs", async || {
            let signing = kid(&app.sign_in("early").await.access);
            (signing != kids[change - 1]).then_some(signing)
        })
        .await;
        assert!(!kids.contains(&signing));
        kids.push(signing);
        crowd.until_rounds(20).await;
    }
    crowd.is_over.store(true, Ordering::Relaxed);
    for person in people {
        let seen = person.await.expect("every answer was good");
        assert_eq!(seen, kids.iter().cloned().collect(), "tokens of all keys were accepted");
    }
    // Tokens of the first key are as good as they were.
    app.me(&early.access).send().await.is(200);
    let late = app.refresh(&early).await;
    assert_eq!(Some(kid(&late.access)), kids.last().cloned());
    app.me(&late.access).send().await.is(200);
    let listed: Vec<_> = published(&app.client).await.iter().map(|key| key["kid"].clone()).collect();
    assert_eq!(listed, kids, "oldest first");
    app.stop().await;
}

async fn an_old_key_is_deleted_when_its_tokens_are_gone(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let old = fs::read(&app.key_files()[0]).unwrap();
    // What one could do who had kept a copy of the old key.
    let forge = |app: &TestApp| {
        let now = app.clock.now().timestamp();
        let payload = anna.access.split('.').nth(1).unwrap();
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, payload).unwrap();
        let mut claims: Value = serde_json::from_slice(&bytes).unwrap();
        (claims["iat"], claims["nbf"], claims["exp"]) = (now.into(), now.into(), (now + 60).into());
        let key = EncodingKey::from_rsa_pem(&old).unwrap();
        jsonwebtoken::encode(&decode_header(&anna.access).unwrap(), &claims, &key).unwrap()
    };
    rotate(&app);
    until_published(&app.client, 2).await;
    app.advance(UNTIL_IT_SIGNS + 30 * DAY);
    app.movies("/films", Some(&Person { access: forge(&app), ..anna.clone() })).await.is(200);
    assert_eq!(published(&app.client).await.len(), 2);

    app.advance(2 * 60 * 60);
    let left = until_published(&app.client, 1).await;
    assert_ne!(left[0]["kid"], kid(&anna.access).as_str());
    let forged = Person { access: forge(&app), ..anna.clone() };
    until("what the old key signs is refused", async || {
        let answer = app.movies("/films", Some(&forged)).await;
        (answer.code() == "token_invalid").then_some(())
    })
    .await;
    app.try_refresh(&anna.refresh).await.is_problem(401, "token_invalid");
    assert_eq!(app.key_files().len(), 1);
    assert_eq!(until_noted(&app.settings, "key.retired").await, kid(&anna.access));
    let anna = app.sign_in("anna").await;
    assert_eq!(left[0]["kid"], kid(&anna.access).as_str());
    app.me(&anna.access).send().await.is(200);
    app.stop().await;
}

async fn keys_change_by_schedule(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_AUTH__ROTATE_KEYS_DAYS", "7")]).await;
    let first = kid(&app.register("anna").await.access);
    app.advance(7 * DAY);
    let keys = until_published(&app.client, 2).await;
    let anna = app.sign_in("anna").await;
    assert_eq!(kid(&anna.access), first, "it is published first");
    app.advance(UNTIL_IT_SIGNS);
    let next = app.refresh(&anna).await;
    assert_eq!(keys[1]["kid"], kid(&next.access).as_str());
    assert_eq!(until_noted(&app.settings, "key.rotated").await, kid(&next.access));
    app.me(&anna.access).send().await.is(200);
    app.me(&next.access).send().await.is(200);
    app.stop().await;
}

async fn a_platform_may_sign_with_eddsa(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_AUTH__SIGNING_ALGORITHM", "EdDSA")]).await;
    let anna = app.register("anna").await;
    // Only auth reads refresh tokens: they are signed with a secret of the same key, whatever its algorithm.
    for (token, algorithm) in [(&anna.access, Algorithm::EdDSA), (&anna.refresh, Algorithm::HS256)] {
        assert_eq!(decode_header(token).unwrap().alg, algorithm);
    }
    assert_eq!(kid(&anna.access), kid(&anna.refresh));
    let key = &published(&app.client).await[0];
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into()));
    assert_eq!((key["kid"].as_str(), key.get("d")), (Some(kid(&anna.access).as_str()), None));
    app.me(&anna.access).send().await.is(200);
    let anna = app.refresh(&anna).await;
    app.me(&anna.access).send().await.is(200);
    app.movies("/films", Some(&anna)).await.is(200);
    let app = app.restart().await;
    app.me(&anna.access).send().await.is(200);
    let mut forged = anna.access.into_bytes();
    let last = forged.len() - 10;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    app.me(&String::from_utf8(forged).unwrap()).send().await.is_problem(401, "token_invalid");
    app.stop().await;
}

async fn a_change_of_the_algorithm_keeps_old_tokens_good(database: TestDatabase) {
    let mut app = TestApp::start(database).await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    app.settings.auth.signing_algorithm = SigningAlgorithm::EdDsa;
    let app = app.restart().await;
    let algorithms: Vec<_> = published(&app.client).await.iter().map(|key| key["alg"].clone()).collect();
    assert_eq!(algorithms, ["RS256", "EdDSA"]);
    app.me(&anna.access).send().await.is(200);
    app.advance(60);
    let anna = app.refresh(&anna).await;
    assert_eq!(decode_header(&anna.access).unwrap().alg, Algorithm::RS256, "the new key is published first");
    app.advance(UNTIL_IT_SIGNS);
    let next = app.refresh(&anna).await;
    assert_eq!(decode_header(&next.access).unwrap().alg, Algorithm::EdDSA);
    for token in [&anna.access, &boris.access, &next.access] {
        app.me(token).send().await.is(200);
    }
    app.refresh(&boris).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_share_a_folder_accept_each_others_tokens() {
    let shared = tempfile::TempDir::new().unwrap();
    let keys = shared.path().join("keys").display().to_string();
    let settings = [("KINO_AUTH__KEYS_DIR", keys.as_str()), ("KINO_AUTH__ROTATE_KEYS_DAYS", "7")];
    let one = TestApp::with(TestDatabase::sqlite(), &settings).await;
    let other = TestApp::with(TestDatabase::sqlite(), &settings).await;
    let anna = one.register("anna").await;
    other.movies("/films", Some(&anna)).await.is(200);
    for app in [&one, &other] {
        app.advance(7 * DAY);
    }
    for app in [&one, &other] {
        until_published(&app.client, 2).await;
        app.advance(UNTIL_IT_SIGNS);
    }
    let (anna, boris) = (one.sign_in("anna").await, other.register("boris").await);
    assert_eq!(kid(&anna.access), kid(&boris.access));
    one.movies("/films", Some(&boris)).await.is(200);
    other.movies("/films", Some(&anna)).await.is(200);
    assert_eq!(one.key_files().len(), 2, "one of them made it");
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_key_beside_a_running_server_changes_nothing() {
    let program = Program::started(&[]).await;
    let boss = program.administrator().await;
    let new = program.data().join("keys/20990101T000000Z-rs256.pem");
    fs::write(&new, "-----BEGIN PRIVATE KEY-----\n").unwrap();
    until("it is told", async || program.log().contains("20990101T000000Z-rs256.pem").then_some(())).await;
    program.client.get(&format!("{AUTH}/users/me")).bearer(&boss.access).send().await.is(200);
    program.sign_in("boss").await.is(200);
    assert_eq!(published(&program.client).await.len(), 1);
    let refused = program.run(&["keys", "rotate"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("is not a whole private key"), "{}", refused.stderr);
    fs::remove_file(new).unwrap();
    program.run(&["keys", "rotate"]).await.well();
    until_published(&program.client, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_makes_a_key_that_a_running_server_publishes() {
    let mut program = Program::new(&[]);
    let told = program.run(&["keys", "list"]).await.well().stdout;
    assert!(told.contains("no keys"), "{told}");
    program.start().await;
    let boss = program.administrator().await;
    let told = program.run(&["keys", "rotate"]).await.well().stdout;
    assert!(told.contains("signs from") && told.contains("Nobody is signed out"), "{told}");
    let keys = until_published(&program.client, 2).await;
    let told = program.run(&["keys", "list"]).await.well().stdout;
    assert_eq!(keys[1]["kid"], until_noted(&program.settings(), "key.rotated").await.as_str());
    let line = |n: usize| {
        let kid = keys[n]["kid"].as_str().unwrap();
        told.lines().find(|line| line.starts_with(kid)).unwrap_or_else(|| panic!("{kid}: {told}"))
    };
    assert!(line(0).ends_with("  signs") && line(0).contains("RS256"), "{told}");
    assert!(line(1).contains("published ahead, signs from"), "{told}");
    assert!(!told.contains("PRIVATE"));
    let told = program.run(&["doctor"]).await.well().stdout;
    assert!(told.lines().any(|line| line.contains("keys") && line.contains(" 2 in ")), "{told}");
    program.client.get(&format!("{AUTH}/users/me")).bearer(&boss.access).send().await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_leak_no_old_token_is_good_and_sign_in_works() {
    let program = Program::started(&[]).await;
    let boss = program.administrator().await;
    let me = async |token: &str| program.client.get(&format!("{AUTH}/users/me")).bearer(token).send().await;
    me(&boss.access).await.is(200);

    let refused = program.run(&["keys", "rotate", "--compromised"]).await;
    assert_eq!(refused.code, Some(1), "nobody is there to be asked");
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    me(&boss.access).await.is(200);

    let told = program.run(&["keys", "rotate", "--compromised", "--yes"]).await.well().stdout;
    assert!(told.contains("everyone signs in again"), "{told}");
    let again = until("the new key signs", async || {
        let person = Person::of(&program.sign_in("boss").await.is(200).json());
        (kid(&person.access) != kid(&boss.access)).then_some(person)
    })
    .await;
    // Though its signature was verified a moment ago.
    me(&boss.access).await.is_problem(401, "token_invalid");
    let refresh = async |token: &str| {
        let body = serde_json::json!({"refresh_token": token});
        program.client.post(&format!("{AUTH}/sessions/refresh"), &body).send().await
    };
    refresh(&boss.refresh).await.is_problem(401, "token_invalid");
    me(&again.access).await.is(200);
    refresh(&again.refresh).await.is(200);
    let keys = published(&program.client).await;
    assert_eq!((keys.len(), keys[0]["kid"].as_str()), (1, Some(kid(&again.access).as_str())));
    let told = program.run(&["keys", "list"]).await.well().stdout;
    assert_eq!(told.lines().count(), 2, "{told}");
}
