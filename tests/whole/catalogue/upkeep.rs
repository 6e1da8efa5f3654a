//! The search index and its upkeep: rebuilds, drift, dead letters.

use http::Method;
use kino_catalogue::{Importer, generate};
use kino_domain::{AccessLevel, Clock, Entropy, Envelope};
use kino_testkit::{TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, prelude::Uuid, sea_query::Query};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    app::{MOVIES, Person, TestApp, until},
    program::Program,
};

on_every_database!(
    the_state_tells_what_index_and_database_hold,
    a_rebuild_fails_no_search_and_ends,
    drift_is_found_and_mended,
    an_event_that_cannot_be_read_is_kept_and_holds_up_nothing,
);

const INDEX: &str = "/admin/index";

impl TestApp {
    async fn index(&self, boss: &Person) -> Value {
        self.movies(INDEX, Some(boss)).await.is(200).json()
    }

    async fn upkeep(&self, method: Method, path: &str, boss: &Person) -> kino_testkit::Answer {
        self.client.request(method, &format!("{MOVIES}{INDEX}{path}")).bearer(&boss.access).send().await
    }

    /// Searches until told to stop; how many searches there were. Each must find the film.
    async fn first_of(&self, query: &str) -> String {
        let found = self.movies(&format!("/films/search?query={query}"), None).await.is(200).json();
        found["items"][0]["title"].as_str().unwrap_or_default().to_owned()
    }
}

async fn the_state_tells_what_index_and_database_hold(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let state = app.index(&boss).await;
    assert_eq!(state["engine"], "tantivy", "{state}");
    assert_eq!((&state["is_built"], &state["dead_letters"]), (&true.into(), &0.into()), "{state}");
    assert!(state["documents"]["films"].as_u64().unwrap() >= 120, "{state}");
    assert!(state["documents"]["persons"].as_u64().unwrap() >= 400, "{state}");
    assert_eq!(state["documents"], state["database"], "{state}");
    assert!(state["bytes"].as_u64().unwrap() > 10_000, "{state}");
    app.stop().await;
}

async fn a_rebuild_fails_no_search_and_ends(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    for _ in 0..3 {
        // Each later than the one before.
        app.advance(1);
        let asked = app.upkeep(Method::POST, "/rebuild", &boss).await.is(202).json();
        let mut searches = 0;
        until("the rebuild ends", async || {
            assert_eq!(app.first_of("solaris").await, "Solaris");
            searches += 1;
            let state = app.index(&boss).await;
            assert_eq!(state["is_built"], true);
            let rebuild = &state["rebuild"];
            (rebuild["id"] == asked["id"] && !rebuild["finished_at"].is_null()).then_some(())
        })
        .await;
        let state = app.index(&boss).await;
        assert!(searches > 0 && state["rebuild"]["problem"].is_null(), "{state}");
        assert_eq!(state["documents"], state["database"], "{state}");
    }
    assert_eq!(app.first_of("solaris").await, "Solaris");
    // The new index goes on hearing of changes, and so after a restart.
    let app = app.restart().await;
    assert_eq!(app.first_of("solaris").await, "Solaris");
    app.stop().await;
}

async fn drift_is_found_and_mended(database: TestDatabase) {
    use sea_orm::sea_query::{Expr, ExprTrait as _};

    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let (solaris, stalker) = (app.film(&boss, "Solaris").await, app.film(&boss, "Stalker").await);
    let clean = app.upkeep(Method::POST, "/audit", &boss).await.is(200).json();
    assert_eq!((&clean["drifted_films"], &clean["drifted_persons"]), (&0.into(), &0.into()), "{clean}");

    // Behind the catalogue's back: no event tells of it.
    let database = app.settings.open_database("catalogue").await.unwrap();
    let id = |text: &str| text.parse::<Uuid>().unwrap();
    let tx = database.begin().await.unwrap();
    let rename = Query::update()
        .table("films")
        .value("title_en", "Quokka Symphony")
        .value("version", 77i64)
        .and_where(Expr::col("id").eq(id(&solaris)))
        .to_owned();
    tx.execute(&rename).await.unwrap();
    let delete = Query::delete().from_table("films").and_where(Expr::col("id").eq(id(&stalker))).to_owned();
    tx.execute(&delete).await.unwrap();
    tx.commit().await.unwrap();

    let report = app.upkeep(Method::POST, "/audit", &boss).await.is(200).json();
    assert_eq!(report["drifted_films"], 2, "{report}");
    // Who made the deleted film is known for less now.
    assert!(report["drifted_persons"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(app.first_of("quokka+symphony").await, "Quokka Symphony");
    let again = app.upkeep(Method::POST, "/audit", &boss).await.is(200).json();
    assert_eq!((&again["drifted_films"], &again["drifted_persons"]), (&0.into(), &0.into()), "{again}");
    assert_eq!(app.index(&boss).await["drift"], again);

    // A name that films share moves no film's version.
    let tx = database.begin().await.unwrap();
    let rename = Query::update()
        .table("genres")
        .value("name_en", "Quokkapunk")
        .and_where(Expr::col("name_en").eq("Science Fiction"))
        .to_owned();
    assert_eq!(tx.execute(&rename).await.unwrap().rows_affected(), 1);
    tx.commit().await.unwrap();
    let report = app.upkeep(Method::POST, "/audit", &boss).await.is(200).json();
    assert!(report["drifted_films"].as_u64().unwrap() > 5, "{report}");
    assert_eq!(report["drifted_persons"], 0, "{report}");
    let found = app.movies("/films/search?query=quokkapunk", None).await.is(200).json();
    assert!(found["total"].as_u64().unwrap() > 1, "{found}");
    let again = app.upkeep(Method::POST, "/audit", &boss).await.is(200).json();
    assert_eq!(again["drifted_films"], 0, "{again}");
    database.close().await.unwrap();
    app.stop().await;
}

async fn an_event_that_cannot_be_read_is_kept_and_holds_up_nothing(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let film = app.film(&boss, "Solaris").await;
    let events = kino_engine::EventLog::open(
        &app.settings.events,
        &app.settings.database_url(),
        Clock::system(),
        Entropy::system(),
    )
    .await
    .unwrap();
    let envelope = |payload: &str| Envelope {
        id: Uuid::now_v7(),
        topic: "kino.catalogue.v1".into(),
        key: Uuid::from_u128(1),
        occurred_at: Clock::system().now(),
        payload: payload.to_owned(),
    };
    let poison = r#"{"kind":"film.changed","film_id":"not an id","version":1}"#;
    let good = format!(r#"{{"kind":"film.changed","film_id":"{film}","version":1}}"#);
    events.append(vec![envelope(poison), envelope(&good), envelope("nonsense")]).await.unwrap();
    events.close().await.unwrap();

    let letters = until("the letters are there", async || {
        let page = app.upkeep(Method::GET, "/dead-letters", &boss).await.is(200).json();
        (page["total"] == 2).then_some(page)
    })
    .await;
    assert_eq!(app.index(&boss).await["dead_letters"], 2);
    let letter = letters["items"].as_array().unwrap().iter().find(|one| one["payload"] == poison).unwrap();
    assert_eq!((&letter["kind"], &letter["attempts"]), (&"event".into(), &1.into()), "{letter}");
    assert!(!letter["reason"].as_str().unwrap().is_empty());

    let one = format!("/dead-letters/{}", letter["id"].as_str().unwrap());
    app.upkeep(Method::POST, &format!("{one}/replay"), &boss).await.is_problem(409, "still_rejected");
    app.upkeep(Method::DELETE, &one, &boss).await.is(204);
    app.upkeep(Method::DELETE, &one, &boss).await.is_problem(404, "dead_letter_not_found");
    app.upkeep(Method::POST, &format!("{one}/replay"), &boss).await.is_problem(404, "dead_letter_not_found");
    assert_eq!(app.index(&boss).await["dead_letters"], 1);
    app.stop().await;
}

/// Servers of one database, with an index each.
#[tokio::test(flavor = "multi_thread")]
async fn every_server_builds_its_own_index_anew() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let url = database.url().to_owned();
    let one = TestApp::start(database).await;
    let other = TestApp::with(TestDatabase::sqlite(), &[("KINO_DATABASE", &url)]).await;
    let boss = one.administrator().await;
    let boss_there = other.sign_in("boss").await;

    let database = one.settings.open_database("catalogue").await.unwrap();
    let (clock, entropy) = (one.clock.clone(), Entropy::system());
    let importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await.unwrap();
    let mut importer = importer.untold();
    let is_whole = async |app: &TestApp, boss: &Person| {
        until("every film is in the index", async || {
            let state = app.index(boss).await;
            (state["documents"] == state["database"] && !state["rebuild"]["finished_at"].is_null())
                .then_some(())
        })
        .await;
    };
    // One of them comes to hear of it when the other is done.
    let other = other
        .restart_after(Box::pin(async {
            importer.run(generate(5, 0..600), &CancellationToken::new(), |_, _| ()).await.unwrap();
            assert!(importer.tell().await.unwrap());
            is_whole(&one, &boss).await;
        }))
        .await;
    is_whole(&other, &boss_there).await;
    // And not by the comparison of index and database, which would come upon it in a minute.
    assert!(other.index(&boss_there).await["drift"].is_null());
    database.close().await.unwrap();
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_builds_the_index_with_a_server_and_without() {
    let mut program = Program::new(&[("KINO_DEMO", "true")]);
    program.start().await;
    let told = program.run(&["index", "rebuild"]).await.well().stdout;
    assert!(told.contains("indexed anew by the running server"), "{told}");
    assert!(program.finds("Solaris").await);
    program.stop().await.well();
    // It leaves a rebuild to the next server, unless the command is sooner.
    program.run(&["demo", "generate", "--films", "20", "--add"]).await.well();
    let status = program.run(&["index", "status"]).await.well().stdout;
    assert!(status.contains("asked for; the running server, or the next one, does it"), "{status}");
    let told = program.run(&["index", "rebuild"]).await.well().stdout;
    assert!(told.contains("indexed anew; no server was running"), "{told}");
    let status = program.run(&["index", "status"]).await.well().stdout;
    assert!(status.lines().any(|line| line.starts_with("rebuild       done")), "{status}");
    program.start().await;
    assert!(program.finds("Solaris").await);
    // The index that the command built was taken as it is.
    assert!(!program.log().contains("built the search index"), "{}", program.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_tell_how_the_index_is_and_have_letters_tried_again() {
    let mut program = Program::new(&[("KINO_DEMO", "true")]);
    let told = async |program: &Program, command| program.run(&["index", command]).await.well().stdout;
    let status = told(&program, "status").await;
    assert!(status.contains("none yet; the database has 0 films and 0 persons"), "{status}");
    assert!(status.contains("builds it from the database"), "{status}");

    program.start().await;
    until("the index knows every change", async || {
        told(&program, "status").await.contains("nothing: it knows every change").then_some(())
    })
    .await;
    let status = told(&program, "status").await;
    for kind in ["films", "persons"] {
        let line = status.lines().find(|line| line.starts_with(kind)).unwrap();
        let [_, held, "of", stored, ..] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{status}")
        };
        assert!(held == stored && held.parse::<u32>().unwrap() >= 120, "{status}");
    }
    assert!(status.contains("dead letters  0"), "{status}");
    assert_eq!(told(&program, "letters").await, "Everything could be indexed.\n");
    let films = program.client.get(&format!("{MOVIES}/films?page_size=1")).send().await.is(200).json();
    let film: Uuid = films["items"][0]["id"].as_str().unwrap().parse().unwrap();
    program.stop().await.well();

    let (of_film, of_event) = (Uuid::from_u128(1), Uuid::from_u128(2));
    note_letter(&program, of_film, "film", film, None).await;
    note_letter(&program, of_event, "event", of_event, Some("nonsense")).await;
    let letters = told(&program, "letters").await;
    let line = letters.lines().find(|line| line.starts_with(&of_film.to_string())).unwrap();
    assert!(line.contains(&film.to_string()) && line.ends_with("a reason[2J"), "{line:?}");
    assert_eq!(letters.lines().count(), 3, "{letters}");

    let unknown = program.run(&["index", "replay", &film.to_string()]).await;
    assert!(unknown.code == Some(1) && unknown.stderr.contains("no such letter"), "{}", unknown.stderr);
    assert_eq!(program.run(&["index", "replay"]).await.code, Some(2), "one or all");
    let all = program.run(&["index", "replay", "--all"]).await;
    assert!(
        all.stdout.contains("1 told of again") && all.stdout.contains("1 cannot be read"),
        "{}",
        all.stdout
    );
    assert_eq!(all.code, Some(1));
    let status = told(&program, "status").await;
    assert!(status.contains("behind        1 change\n") && status.contains("dead letters  2"), "{status}");

    program.start().await;
    until("the film is in the index", async || {
        (told(&program, "letters").await.lines().count() == 2).then_some(())
    })
    .await;
    assert!(told(&program, "letters").await.contains(&of_event.to_string()));
    program.run(&["index", "rebuild"]).await.well();
    let status = told(&program, "status").await;
    assert!(status.contains("rebuild       done, "), "{status}");
}

/// Notes a letter, with a reason that would clear the screen.
async fn note_letter(program: &Program, id: Uuid, kind: &str, subject: Uuid, payload: Option<&str>) {
    let database = program.settings().open_database("catalogue").await.unwrap();
    let now = Clock::system().now();
    let note = Query::insert()
        .into_table("dead_letters")
        .columns(["id", "kind", "subject", "payload", "reason", "attempts", "first_at", "last_at"])
        .values_panic([
            id.into(),
            kind.into(),
            subject.into(),
            payload.into(),
            "a\nreason\u{1b}[2J".into(),
            1.into(),
            now.into(),
            now.into(),
        ])
        .to_owned();
    let tx = database.begin().await.unwrap();
    tx.execute(&note).await.unwrap();
    tx.commit().await.unwrap();
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_was_killed_is_done_by_the_next_start() {
    let mut program = Program::started(&[("KINO_DEMO", "true")]).await;
    let boss = program.administrator().await;
    let path = format!("{MOVIES}{INDEX}/rebuild");
    let rebuild = program.client.request(Method::POST, &path).bearer(&boss.access);
    let asked = rebuild.send().await.is(202).json();
    program.kill();
    program.start().await;
    until("the rebuild is done", async || {
        let state = program.client.get(&format!("{MOVIES}{INDEX}")).bearer(&boss.access).send().await;
        let rebuild = state.is(200).json()["rebuild"].clone();
        assert_eq!(rebuild["id"], asked["id"]);
        (!rebuild["finished_at"].is_null()).then_some(())
    })
    .await;
    assert!(program.finds("Solaris").await);
    // What was in the making when the kill came is gone.
    let folders = std::fs::read_dir(program.data().join("search")).unwrap();
    assert_eq!(folders.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count(), 1);
}
