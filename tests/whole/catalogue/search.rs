//! What a search of the demo films finds first.

use kino_testkit::TestDatabase;

use crate::app::{Person, TestApp};

/// Queries as people type them, and what stands first (`|`: either may).
pub(super) const EXPECTED: [(&str, &str); 44] = [
    ("star wars", "Star Wars"),
    ("Star Wars", "Star Wars"),
    ("star wrs", "Star Wars"),
    ("sta wars", "Star Wars"),
    ("star war", "Star Wars"),
    ("звездные войны", "Star Wars"),
    ("звёздные вйоны", "Star Wars"),
    ("zvezdnye voyny", "Star Wars"),
    ("empire strikes", "The Empire Strikes Back"),
    ("return of the jedi", "Return of the Jedi"),
    ("pulp fiction", "Pulp Fiction"),
    ("криминальное чтиво", "Pulp Fiction"),
    ("Тарантино", "Pulp Fiction"),
    ("tarantino", "Pulp Fiction"),
    ("таратино", "Pulp Fiction"),
    ("quentin", "Pulp Fiction"),
    ("the godfather", "The Godfather"),
    ("godfather", "The Godfather"),
    ("godfater", "The Godfather"),
    ("крестный отец", "The Godfather"),
    ("Крёстный отец 2", "The Godfather Part II"),
    ("matrix", "The Matrix"),
    ("матрица", "The Matrix"),
    ("vfnhbwf", "The Matrix"),
    ("matrica", "The Matrix"),
    ("ьфекшч", "The Matrix"),
    ("шоушенк", "The Shawshank Redemption"),
    ("побег из шоушенка", "The Shawshank Redemption"),
    ("shawshenk", "The Shawshank Redemption"),
    ("солярис", "Solaris"),
    ("solaris", "Solaris"),
    ("сталкер", "Stalker"),
    ("брат", "Brother"),
    ("брат 2", "Brother 2"),
    ("brat 2", "Brother 2"),
    ("ирония судьбы", "The Irony of Fate, or Enjoy Your Bath!|The Irony of Fate"),
    ("amelie", "Amélie"),
    ("Амели", "Amélie"),
    ("семь самураев", "Seven Samurai"),
    ("7 samurai", "Seven Samurai"),
    ("унесенные призраками", "Spirited Away"),
    ("интерстелар", "Interstellar"),
    ("blade runer", "Blade Runner"),
    ("2001", "2001: A Space Odyssey"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_finds_what_they_mean() {
    let app = TestApp::start(TestDatabase::sqlite()).await;
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
    let people = search(&app, &boss, "Тарковский").await;
    for title in ["Solaris", "Stalker", "Mirror", "Andrei Rublev"] {
        assert!(people.iter().any(|found| found == title), "{title}: {people:?}");
    }
    assert!(search(&app, &boss, "qqqq zzzz").await.is_empty());
    assert!(search(&app, &boss, "!!! ???").await.is_empty());
    app.stop().await;
}

pub(crate) async fn search(app: &TestApp, as_whom: &Person, query: &str) -> Vec<String> {
    let query: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let found = app.movies(&format!("/films/search?query={query}"), Some(as_whom)).await.is(200).json();
    let items = found["items"].as_array().unwrap();
    items.iter().map(|film| film["title"].as_str().unwrap().to_owned()).collect()
}
