//! The catalogue on OpenSearch: what it finds, what happens when the server is killed, and servers that share it.

use http::Method;
use kino_testkit::{OwnOpenSearch, TestDatabase};
use serde_json::{Value, json};

use super::{
    import::import,
    search::{EXPECTED, search},
};
use crate::{
    app::{MOVIES, Person, TestApp, until},
    program::Program,
};

async fn start(url: &str) -> TestApp {
    TestApp::with(TestDatabase::sqlite(), &[("KINO_SEARCH", url)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_finds_what_they_mean() {
    let Some(url) = kino_testkit::opensearch().await else { return };
    let app = start(&url).await;
    let boss = app.administrator().await;
    let mut missed = Vec::new();
    for (query, expected) in EXPECTED {
        let found = search(&app, &boss, query).await;
        let first = found.first().cloned().unwrap_or_default();
        if !expected.split('|').any(|title| title == first) {
            missed.push(format!("{query}: {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(search(&app, &boss, "qqqq zzzz").await.is_empty());

    // A visitor is told of nothing that is closed to them, and pages are counted rightly.
    let seen = app.movies("/films/search?query=&page_size=100", None).await.is(200).json();
    assert!(items(&seen).iter().all(|film| film["access"] == "FREE"), "{seen}");
    assert!(seen["total"].as_u64().unwrap() < total(&app, Some(&boss)).await);
    let far = app.movies("/films/search?query=&page_number=1000000000", None).await.is(200).json();
    assert_eq!((items(&far).len(), &far["total"]), (0, &seen["total"]));

    // What is imported beside the server is found, and the place is kept over a restart.
    let line = json!({"title": "Quixotic Zephyr", "year": 2001, "actors": [{"name": "Ada Quill"}]});
    import(&app, &format!("{line}\n")).await;
    is_found(&app, &boss, "quixotic").await;
    let app = app.restart().await;
    is_found(&app, &boss, "ada quill").await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_is_told_of_audited_mended_and_built_anew() {
    let Some(url) = kino_testkit::opensearch().await else { return };
    let app = start(&url).await;
    let boss = app.administrator().await;
    let state = app.movies("/admin/index", Some(&boss)).await.is(200).json();
    assert_eq!((&state["engine"], &state["is_built"]), (&"OpenSearch".into(), &true.into()), "{state}");
    assert_eq!(state["documents"], state["database"], "{state}");
    assert!(state["bytes"].as_u64().unwrap() > 10_000, "{state}");

    // Behind the catalogue's back: an earlier version, and no event tells of it.
    let film = app.film(&boss, "Solaris").await;
    let database = app.settings.open_database("catalogue").await.unwrap();
    rename(&database, &film, "Quokka Symphony", 77).await;
    assert_eq!(drifted(&app, &boss).await, 1);
    is_found(&app, &boss, "quokka symphony").await;
    rename(&database, &film, "Wombat Serenade", 3).await;
    assert_eq!(drifted(&app, &boss).await, 1);
    is_found(&app, &boss, "wombat serenade").await;
    assert_eq!(drifted(&app, &boss).await, 0);
    database.close().await.unwrap();

    let asked = post(&app, &boss, "/admin/index/rebuild").await.is(202).json();
    until("the rebuild ends", async || {
        assert_eq!(search(&app, &boss, "wombat").await, ["Wombat Serenade"]);
        let state = app.movies("/admin/index", Some(&boss)).await.is(200).json();
        assert_eq!(state["is_built"], true, "{state}");
        let rebuild = &state["rebuild"];
        assert!(rebuild["problem"].is_null(), "{state}");
        (rebuild["id"] == asked["id"] && !rebuild["finished_at"].is_null()).then_some(())
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_told_of_and_recovered_from() {
    let Some(opensearch) = OwnOpenSearch::start().await else { return };
    let app = start(&opensearch.url()).await;
    let boss = app.administrator().await;
    is_found(&app, &boss, "solaris").await;

    let killed = opensearch.kill();
    let refused = app.movies("/films/search?query=solaris", None).await.is_problem(503, "engine_unavailable");
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    assert!(!refused.text().contains("127.0.0.1"), "where engines are is not for clients");
    // What does not need it goes on.
    let film = app.movies("/films?page_size=1", None).await.is(200).json();
    app.movies(&format!("/films/{}", film["items"][0]["id"].as_str().unwrap()), None).await.is(200);
    let second = format!("/films?page_size=1&cursor={}", film["next_cursor"].as_str().unwrap());
    let from_database = app.movies(&second, None).await.is(200).json()["items"].clone();
    assert_ne!(from_database, film["items"]);
    until("readiness names the engine", async || {
        let answer = app.client.get("/readyz").send().await;
        let checks = answer.json()["checks"].clone();
        let down: Vec<_> = checks.as_object()?.iter().filter(|(_, answer)| *answer != "ok").collect();
        (answer.status == 503 && down.len() == 1 && down[0].0 == "search index").then_some(())
    })
    .await;
    import(&app, "{\"title\": \"Quixotic Zephyr\", \"year\": 2001}\n").await;
    // Whoever runs the cinema sees what is wrong, and how far the index falls behind.
    until("the index is told to fall behind", async || {
        let state = app.movies("/admin/index", Some(&boss)).await.is(200).json();
        assert!(state["problem"].is_string() && state["documents"].is_null(), "{state}");
        assert_eq!((&state["is_built"], &state["engine"]), (&false.into(), &"OpenSearch".into()), "{state}");
        let metrics = app.client.get("/metrics").send().await.is(200).text();
        let lag = metrics.lines().find_map(|line| line.strip_prefix("kino_catalogue_index_lag_events "));
        let is_measured = lag.is_some_and(|lag| lag.parse::<f64>().unwrap() > 0.0);
        (is_measured && state["lag"]["events"].as_i64().unwrap() > 0).then_some(())
    })
    .await;

    let Some(_opensearch) = killed.start().await else { return };
    until("the server is ready again", async || {
        app.client.get("/readyz").send().await.status.is_success().then_some(())
    })
    .await;
    // What came meanwhile, too.
    is_found(&app, &boss, "quixotic").await;
    is_found(&app, &boss, "solaris").await;
    // What the database began the index goes on with.
    assert_eq!(app.movies(&second, None).await.is(200).json()["items"], from_database);
    app.stop().await;
}

/// By someone's hand, or with a server that began anew without its disk; though no film changes.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_deleted_is_built_anew() {
    let Some(url) = kino_testkit::opensearch().await else { return };
    let app = start(&url).await;
    let boss = app.administrator().await;
    is_found(&app, &boss, "solaris").await;
    let (server, prefix) = url.trim_start_matches("opensearch+http://").split_once('/').unwrap();
    let client = kino_testkit::Client::new(&server);
    let listed = client.get(&format!("/_cat/indices/{prefix}-*?format=json&h=index")).send().await;
    for row in listed.is(200).json().as_array().unwrap() {
        client.request(Method::DELETE, &format!("/{}", row["index"].as_str().unwrap())).send().await.is(200);
    }
    is_found(&app, &boss, "solaris").await;
    let state = app.movies("/admin/index", Some(&boss)).await.is(200).json();
    assert_eq!(state["documents"], state["database"], "{state}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_opens_it_beside_the_running_program() {
    let Some(url) = kino_testkit::opensearch().await else { return };
    let mut program = Program::started(&[("KINO_SEARCH", &url), ("KINO_DEMO", "true")]).await;
    let told = program.run(&["doctor"]).await.well().stdout;
    assert!(told.contains("All is well.") && told.contains(&url), "{told}");
    program.stop().await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_share_a_server_under_names_of_their_own() {
    let Some(url) = kino_testkit::opensearch().await else { return };
    let (one, other) = (start(&url).await, start(&format!("{url}-2")).await);
    import(&one, "{\"title\": \"Quixotic Zephyr\"}\n").await;
    let (boss, others_boss) = (one.administrator().await, other.administrator().await);
    is_found(&one, &boss, "quixotic").await;
    assert!(search(&other, &others_boss, "quixotic").await.is_empty());
    one.stop().await;
    other.stop().await;
}

async fn is_found(app: &TestApp, boss: &Person, query: &str) {
    let words = query.replace(' ', "+");
    until(&format!("{query} is found"), async || {
        let answer = app.movies(&format!("/films/search?query={words}"), Some(boss)).await;
        (answer.status == 200 && !items(&answer.json()).is_empty()).then_some(())
    })
    .await;
}

async fn total(app: &TestApp, as_whom: Option<&Person>) -> u64 {
    let found = app.movies("/films/search?query=", as_whom).await.is(200).json();
    found["total"].as_u64().unwrap()
}

async fn post(app: &TestApp, boss: &Person, path: &str) -> kino_testkit::Answer {
    let request = app.client.request(http::Method::POST, &format!("{MOVIES}{path}"));
    request.bearer(&boss.access).send().await
}

async fn drifted(app: &TestApp, boss: &Person) -> u64 {
    let report = post(app, boss, "/admin/index/audit").await.is(200).json();
    report["drifted_films"].as_u64().unwrap()
}

async fn rename(database: &kino_engine::Database, film: &str, title: &str, version: i64) {
    use sea_orm::{
        ConnectionTrait as _,
        prelude::Uuid,
        sea_query::{Expr, ExprTrait as _, Query},
    };
    let tx = database.begin().await.unwrap();
    let rename = Query::update()
        .table("films")
        .value("title_en", title)
        .value("version", version)
        .and_where(Expr::col("id").eq(film.parse::<Uuid>().unwrap()))
        .to_owned();
    tx.execute(&rename).await.unwrap();
    tx.commit().await.unwrap();
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}
