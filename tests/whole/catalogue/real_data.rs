//! The 15,072 real films of the test data: they go in, go in again without a change, and are found.

use std::collections::HashSet;

use kino_catalogue::{Importer, Lines};
use kino_domain::{AccessLevel, Entropy};
use kino_testkit::TestDatabase;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::search::search;
use crate::app::{Person, TestApp, until};

const FILMS: u64 = 15_072;

/// Numbers lead to the first ten thousand, cursors to every film, each once.
async fn every_film_is_reached(app: &TestApp, boss: &Person) {
    for list in
        ["/films?page_size=100", "/films?sort=title&page_size=100", "/films/search?query=&page_size=100"]
    {
        let page = async |start: &str| app.movies(&format!("{list}&{start}"), Some(boss)).await;
        let refused = page("page_number=101").await.is_problem(422, "validation_failed").json();
        assert_eq!(refused["errors"][0]["code"], "too_deep", "{refused}");
        let past = page("page_number=1000").await.is(200).json();
        assert_eq!((&past["items"], &past["total"]), (&json!([]), &json!(FILMS)));
        let (mut met, mut start) = (HashSet::new(), "page_number=1".to_owned());
        for number in 1.. {
            let page = page(&start).await.is(200).json();
            met.extend(page["items"].as_array().unwrap().iter().map(|film| film["id"].clone()));
            assert_eq!(met.len() as u64, FILMS.min(number * 100), "a film came twice, or not");
            let Some(next) = page["next_cursor"].as_str() else { break };
            start = format!("cursor={next}");
        }
        assert_eq!(met.len() as u64, FILMS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_catalogue_goes_in_and_is_found() {
    let Some(data) = kino_testkit::test_data() else { return };
    let file = data.join("catalog/films.jsonl.gz");
    let app = TestApp::with(TestDatabase::sqlite(), &[("KINO_DEMO", "false")]).await;
    let boss = app.administrator().await;
    let database = app.settings.open_database("catalogue").await.unwrap();
    for (added, unchanged) in [(FILMS, 0), (0, FILMS)] {
        let (clock, entropy) = (app.clock.clone(), Entropy::system());
        let mut importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await.unwrap();
        let lines = Lines::open(&file).unwrap();
        let report = importer.run(lines, &CancellationToken::new(), |_, _| ()).await.unwrap();
        assert_eq!((report.added, report.changed, report.unchanged), (added, 0, unchanged));
        assert_eq!(report.bad, []);
    }
    database.close().await.unwrap();
    until("all are indexed", async || {
        let all = app.movies("/films/search?query=", None).await.is(200).json();
        (all["total"] == FILMS).then_some(())
    })
    .await;
    let mut missed = Vec::new();
    for (query, title, within) in [
        ("star wars", "Star Wars", 1),
        ("star wrs", "Star Wars", 3),
        ("звездные войны", "Star Wars", 3),
        ("Тарантино", "Pulp Fiction", 5),
        ("тарантино", "Kill Bill: Vol. 1", 10),
        ("tarantino", "Pulp Fiction", 3),
        ("история игрушек", "Toy Story", 3),
        ("побег из шоушенка", "The Shawshank Redemption", 3),
        ("godfather", "The Godfather", 3),
        ("godfater", "The Godfather", 3),
        ("the matrix", "The Matrix", 1),
        ("джуманджи", "Jumanji", 3),
        ("спилберг", "Jurassic Park", 20),
        ("toy stor", "Toy Story", 3),
    ] {
        let found = search(&app, &boss, query).await;
        if !found.iter().take(within).any(|found| found == title) {
            missed.push(format!("{query} -> {title}: {:?}", &found[..found.len().min(6)]));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    every_film_is_reached(&app, &boss).await;
    app.stop().await;
}
