//! The 15,072 real films of the test data: they go in, go in again without a change, and are found.

use kino_catalogue::{Importer, Lines};
use kino_domain::{AccessLevel, Entropy};
use kino_testkit::TestDatabase;
use tokio_util::sync::CancellationToken;

use super::search::search;
use crate::app::{TestApp, until};

const FILMS: u64 = 15_072;

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
    app.stop().await;
}
