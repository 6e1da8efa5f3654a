//! Importing films beside a running platform.

use std::io::Write as _;

use http::Method;
use kino_catalogue::{ImportReport, Importer, Lines};
use kino_domain::{AccessLevel, Entropy};
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::{MOVIES, TestApp, until};

on_every_database!(
    imported_films_are_found_and_a_second_import_changes_nothing,
    a_changed_line_changes_the_film_and_its_place_in_search,
    people_who_share_a_name_stay_apart,
    an_interrupted_import_is_finished_by_the_next,
    what_is_deleted_during_an_import_is_made_again,
);

/// Imports lines the way the command does: over connections of its own.
pub(crate) async fn import(app: &TestApp, lines: &str) -> ImportReport {
    import_until(app, lines, &CancellationToken::new()).await
}

async fn import_until(app: &TestApp, lines: &str, stop: &CancellationToken) -> ImportReport {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    let database = app.settings.open_database("catalogue").await.unwrap();
    let (clock, entropy) = (app.clock.clone(), Entropy::system());
    let mut importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await.unwrap();
    let report = importer.run(Lines::open(file.path()).unwrap(), stop, |_, _| ()).await.unwrap();
    database.close().await.unwrap();
    report
}

async fn titles(app: &TestApp, query: &str) -> Vec<String> {
    let found = app.movies(&format!("/films/search?query={query}"), None).await.is(200).json();
    let items = found["items"].as_array().unwrap();
    items.iter().map(|film| film["title"].as_str().unwrap().to_owned()).collect()
}

async fn imported_films_are_found_and_a_second_import_changes_nothing(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let lines = [
        json!({"title": "Quixotic Zephyr", "year": 2001, "genres": ["Drama", "Космоопера"], "actors": [{"name": "Ada Quill"}]}),
        json!({"title": "Зефир", "title_en": "Zephyr the Second", "access": "PAID", "countries": ["Japan"]}),
    ];
    let lines = format!("{}\nnot a film\n{}\n{{}}\n", lines[0], lines[1]);
    let report = import(&app, &lines).await;
    assert_eq!((report.added, report.changed, report.unchanged), (2, 0, 0));
    assert_eq!(report.bad.iter().map(|bad| bad.place.number).collect::<Vec<_>>(), [2, 4]);
    until("the new film is found", async || {
        (titles(&app, "quixotic").await == ["Quixotic Zephyr"]).then_some(())
    })
    .await;
    assert_eq!(titles(&app, "zephyr").await, ["Quixotic Zephyr"], "the paid one is not for a visitor");
    assert_eq!(titles(&app, "ada+quill").await, ["Quixotic Zephyr"]);

    let again = import(&app, &lines).await;
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2));
    app.stop().await;
}

async fn a_changed_line_changes_the_film_and_its_place_in_search(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let id = "0198f000-0000-7000-8000-00000000aaaa";
    let line = |title: &str, access: &str| {
        json!({"id": id, "title": title, "access": access, "genres": ["War"], "directors": ["Ada Quill"]})
            .to_string()
    };
    import(&app, &line("Before the Quake", "FREE")).await;
    until("it is found", async || (titles(&app, "quake").await.len() == 1).then_some(())).await;
    let path = format!("/films/{id}");
    assert_eq!(app.movies(&path, None).await.is(200).json()["title"], "Before the Quake");

    let report = import(&app, &line("After the Tremor", "FREE")).await;
    assert_eq!((report.added, report.changed), (0, 1));
    until("the new title is found", async || (titles(&app, "tremor").await.len() == 1).then_some(())).await;
    assert!(titles(&app, "quake").await.is_empty());
    assert_eq!(
        app.movies(&path, None).await.is(200).json()["title"],
        "After the Tremor",
        "served details follow"
    );

    import(&app, &line("After the Tremor", "PAID")).await;
    until("it is closed", async || (app.movies(&path, None).await.status == 403).then_some(())).await;
    assert!(titles(&app, "tremor").await.is_empty());
    app.stop().await;
}

async fn people_who_share_a_name_stay_apart(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let film = |n: u32, person: serde_json::Value| {
        json!({"title": format!("Namesake {n}"), "actors": [person]}).to_string()
    };
    let lines = [
        film(1, json!({"name": "Jan Kowalsky"})),
        film(2, json!({"name": "Jan Kowalsky", "tmdb_person_id": 5})),
        film(3, json!({"name": "Jan Kowalsky", "tmdb_person_id": 3})),
        film(4, json!({"name": "Jan Kowalsky", "tmdb_person_id": 5, "name_ru": "Ян Ковальский"})),
        film(5, json!("Jan Kowalsky")),
    ]
    .join("\n");
    for _ in 0..2 {
        import(&app, &lines).await;
        // The bare name means the first; id 3 is someone else.
        until("both people are known by their films", async || {
            let found = app.movies("/persons/search?query=kowalsky", None).await.is(200).json();
            let persons = found["items"].as_array().unwrap();
            let mut films: Vec<usize> =
                persons.iter().map(|person| person["films"].as_array().unwrap().len()).collect();
            films.sort_unstable();
            (films == [1, 4]).then_some(())
        })
        .await;
    }
    app.stop().await;
}

async fn an_interrupted_import_is_finished_by_the_next(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_DEMO", "false")]).await;
    let lines: Vec<_> =
        (0..1700).map(|n| json!({"title": format!("Serial {n}"), "year": 2000}).to_string()).collect();
    let stop = CancellationToken::new();
    stop.cancel();
    let first = import_until(&app, &lines.join("\n"), &stop).await;
    assert!(first.interrupted && first.added == 500, "{first:?}");
    let second = import(&app, &lines.join("\n")).await;
    assert_eq!((second.added, second.unchanged, second.interrupted), (1200, 500, false));
    until("all are indexed", async || {
        let all = app.movies("/films/search?query=serial", None).await.is(200).json();
        (all["total"] == 1700).then_some(())
    })
    .await;
    assert_eq!(titles(&app, "serial+1699").await[0], "Serial 1699");
    app.stop().await;
}

async fn what_is_deleted_during_an_import_is_made_again(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_DEMO", "false")]).await;
    let boss = app.administrator().await;
    let database = app.settings.open_database("catalogue").await.unwrap();
    let (clock, entropy) = (app.clock.clone(), Entropy::system());
    let mut importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await.unwrap();
    // One importer, and so one memory of the people and genres that it has met.
    let mut import = async |id: &str| {
        let line = json!({"id": id, "title": id, "genres": ["Spaghetti Western"], "actors": ["Ada Quill"]});
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(line.to_string().as_bytes()).unwrap();
        let lines = Lines::open(file.path()).unwrap();
        assert_eq!(importer.run(lines, &CancellationToken::new(), |_, _| ()).await.unwrap().added, 1);
    };
    let detail = async |id: &str| app.movies(&format!("/films/{id}"), Some(&boss)).await.is(200).json();
    let (one, other) = ("0198f000-0000-7000-8000-00000000aaaa", "0198f000-0000-7000-8000-00000000bbbb");
    import(one).await;
    let first = detail(one).await;
    let id_of = |what: &str| first[what][0]["id"].as_str().unwrap().to_owned();
    for path in [
        format!("films/{one}"),
        format!("persons/{}", id_of("actors")),
        format!("genres/{}", id_of("genres")),
    ] {
        let request = app.client.request(Method::DELETE, &format!("{MOVIES}/{path}"));
        request.bearer(&boss.access).send().await.is(204);
    }

    import(other).await;
    let second = detail(other).await;
    for what in ["actors", "genres"] {
        assert_eq!(second[what][0]["name"], first[what][0]["name"]);
        assert_ne!(second[what][0]["id"], first[what][0]["id"], "the old one is gone");
    }
    database.close().await.unwrap();
    app.stop().await;
}
