//! How soon a change of a role is felt: by those who have it, by visitors, in other processes.

use http::Method;
use kino_domain::Entropy;
use kino_node::Lifecycle;
use kino_testkit::{Client, TestDatabase, on_every_database};
use serde_json::json;
use tempfile::TempDir;

use crate::app::{AUTH, MOVIES, Person, TestApp, until};

on_every_database!(
    a_changed_role_is_felt_on_live_tokens_everywhere,
    a_role_made_again_is_newer_than_it_was,
    changes_and_refreshes_at_once_never_leave_old_permissions,
    visitors_may_do_what_their_role_says,
);

async fn a_changed_role_is_felt_on_live_tokens_everywhere(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    app.make_role(&boss, "FRIEND", &["FREE_FILMS"]).await.is(201);
    let mut friend = app.person_with(&boss, "friend", "FRIEND").await;
    let stranger = app.register("stranger").await;
    app.movies(&paid, Some(&friend)).await.is_problem(403, "film_requires_subscription");

    app.change_permissions(&boss, "FRIEND", &["FREE_FILMS", "PAID_FILMS"]).await.is(200);
    app.movies(&paid, Some(&friend)).await.is_problem(401, "token_stale");
    app.me(&friend.access).send().await.is_problem(401, "token_stale");
    app.me(&stranger.access).send().await.is(200);
    friend = app.refresh(&friend).await;
    app.movies(&paid, Some(&friend)).await.is(200);

    // Another name changes nobody's rights.
    let renamed = json!({"name": "Friends", "permissions": ["PAID_FILMS", "FREE_FILMS"]});
    app.roles(&boss, Method::PUT, "/FRIEND", Some(renamed)).await.is(200);
    app.movies(&paid, Some(&friend)).await.is(200);

    app.change_permissions(&boss, "FRIEND", &[]).await.is(200);
    app.movies(&paid, Some(&friend)).await.is_problem(401, "token_stale");
    let app = app.restart().await;
    app.movies(&paid, Some(&friend)).await.is_problem(401, "token_stale");
    app.me(&stranger.access).send().await.is(200);
    friend = app.refresh(&friend).await;
    app.movies(&paid, Some(&friend)).await.is_problem(403, "film_requires_subscription");
    app.stop().await;
}

/// The clock stands still here: the version must not rest on it.
async fn a_role_made_again_is_newer_than_it_was(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    let anna = app.register("anna").await;
    app.make_role(&boss, "FRIEND", &["PAID_FILMS"]).await.is(201);
    app.change_role(&boss, Method::PUT, &anna, "FRIEND").await.is(204);
    let first = app.refresh(&anna).await;
    app.movies(&paid, Some(&first)).await.is(200);
    app.change_role(&boss, Method::DELETE, &anna, "FRIEND").await.is(204);
    app.delete_role(&boss, "FRIEND").await.is(204);
    app.make_role(&boss, "FRIEND", &[]).await.is(201);
    app.change_role(&boss, Method::PUT, &anna, "FRIEND").await.is(204);
    app.movies(&paid, Some(&first)).await.is_problem(401, "token_stale");
    let second = app.refresh(&first).await;
    app.movies(&paid, Some(&second)).await.is_problem(403, "film_requires_subscription");
    app.stop().await;
}

/// Whatever the order in which changes of a role and refreshes of those who have it happen to be done, a token that is
/// accepted after a change was acknowledged says what the role allows since.
async fn changes_and_refreshes_at_once_never_leave_old_permissions(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    app.make_role(&boss, "FRIEND", &[]).await.is(201);
    let mut friends = Vec::new();
    for n in 0..4 {
        friends.push(app.person_with(&boss, &format!("friend{n}"), "FRIEND").await);
    }
    for round in 0..10 {
        let opens = round % 2 == 0;
        let (permissions, right): (&[&str], u16) = if opens { (&["PAID_FILMS"], 200) } else { (&[], 403) };
        let attempts: Vec<_> = friends
            .iter()
            .flat_map(|friend| [friend, friend])
            .map(|friend| {
                let body = json!({"refresh_token": friend.refresh});
                let request = app.client.post(&format!("{AUTH}/sessions/refresh"), &body);
                tokio::spawn(async move { Person::of(&request.send().await.is(200).json()) })
            })
            .collect();
        app.change_permissions(&boss, "FRIEND", permissions).await.is(200);
        let mut newest = Vec::new();
        for (n, attempt) in attempts.into_iter().enumerate() {
            let refreshed = attempt.await.unwrap();
            // Refused as stale, or right; never with the permissions of before.
            let status = app.movies(&paid, Some(&refreshed)).await.status.as_u16();
            assert!(status == right || status == 401, "round {round}, refresh {n}: {status}");
            if n % 2 == 0 {
                newest.push(app.refresh(&refreshed).await);
            }
        }
        app.advance(11);
        for friend in &newest {
            assert_eq!(app.movies(&paid, Some(friend)).await.status.as_u16(), right, "round {round}");
        }
        friends = newest;
    }
    app.stop().await;
}

async fn visitors_may_do_what_their_role_says(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let viewer = app.register("viewer").await;
    let id = app.film(&boss, "Inception").await;
    let paid = format!("/films/{id}");
    let published =
        async |app: &TestApp| app.client.get("/auth/.well-known/anonymous.json").send().await.is(200).json();
    assert_eq!(published(&app).await["permissions"], json!(["FREE_FILMS"]));
    app.movies(&paid, None).await.is_problem(403, "film_requires_subscription");

    app.change_permissions(&boss, "ANONYMOUS", &["PAID_FILMS", "FREE_FILMS"]).await.is(200);
    let opened = published(&app).await;
    assert_eq!(opened["permissions"], json!(["PAID_FILMS", "FREE_FILMS"]));
    let open = app.movies(&paid, None).await.is(200);
    assert_eq!(open.header("cache-control"), "private, no-cache", "nobody keeps it for others");
    // Who signs in may do no less than before; their token goes on.
    app.movies(&paid, Some(&viewer)).await.is(200);
    let sees_paid = async |app: &TestApp| {
        let list = app.movies("/films?page_size=100", None).await.is(200).json();
        list["items"].as_array().unwrap().iter().any(|film| film["access"] == "PAID")
    };
    assert!(sees_paid(&app).await);

    let app = app.restart().await;
    assert_eq!(published(&app).await, opened);
    app.movies(&paid, None).await.is(200);
    // Longer than the log is asked for at a start: then it is what auth publishes that counts.
    app.advance(3600);
    let app = app.restart().await;
    app.movies(&paid, None).await.is(200);

    let boss = app.refresh(&boss).await;
    app.change_permissions(&boss, "ANONYMOUS", &[]).await.is(200);
    app.movies(&paid, None).await.is_problem(403, "film_requires_subscription");
    let etag = open.header("etag").to_owned();
    let cached = app.client.get(&format!("{MOVIES}{paid}")).header("if-none-match", &etag).send().await;
    cached.is_problem(403, "film_requires_subscription");
    assert!(!sees_paid(&app).await);
    let viewer = app.refresh(&viewer).await;
    app.movies(&paid, Some(&viewer)).await.is_problem(403, "film_requires_subscription");
    app.stop().await;
}

/// Two servers on one PostgreSQL: what one changes, the other feels.
#[tokio::test(flavor = "multi_thread")]
async fn another_process_feels_a_change_within_a_second() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let paid = format!("{MOVIES}/films/{}", app.film(&boss, "Inception").await);
    // A folder of its own, with the same keys.
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("keys")).unwrap();
    for key in std::fs::read_dir(app.settings.keys_folder()).unwrap() {
        let key = key.unwrap().path();
        std::fs::copy(&key, folder.path().join("keys").join(key.file_name().unwrap())).unwrap();
    }
    let mut settings = app.settings.clone();
    settings.data_dir = folder.path().to_owned();
    let (clock, lifecycle) = (app.clock.clone(), Lifecycle::new());
    let other = kino::Platform::start(&settings, clock, Entropy::system(), lifecycle).await.unwrap();
    let client = Client::new(&other.address);
    until("the other is ready", async || {
        client.get("/readyz").send().await.status.is_success().then_some(())
    })
    .await;

    app.make_role(&boss, "FRIEND", &["PAID_FILMS"]).await.is(201);
    let friend = app.person_with(&boss, "friend", "FRIEND").await;
    client.get(&paid).bearer(&friend.access).send().await.is(200);
    let felt = async |what: &str, token: Option<&str>, status: u16| {
        let asked = std::time::Instant::now();
        until(what, async || {
            let request = client.get(&paid);
            let request = match token {
                Some(token) => request.bearer(token),
                None => request,
            };
            (request.send().await.status == status).then_some(())
        })
        .await;
        asked.elapsed()
    };
    app.change_permissions(&boss, "FRIEND", &[]).await.is(200);
    let stale = felt("the friend's token is stale", Some(&friend.access), 401).await;
    app.change_permissions(&boss, "ANONYMOUS", &["PAID_FILMS"]).await.is(200);
    let open = felt("the film is open to visitors", None, 200).await;
    app.change_permissions(&boss, "ANONYMOUS", &[]).await.is(200);
    let closed = felt("the film is closed to visitors", None, 403).await;
    // The quickest: a machine that does other things too may be late once.
    let quickest = stale.min(open).min(closed);
    assert!(quickest.as_millis() < 1000, "{stale:?}, {open:?}, {closed:?}");
    other.stop().await;
    app.stop().await;
}
