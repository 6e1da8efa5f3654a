//! Importing the files of others: made ones, and the real ones of the test data.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
};

use flate2::read::GzDecoder;
use kino_catalogue::{ImportReport, Importer, open_films};
use kino_domain::{AccessLevel, Clock, Entropy};
use kino_engine::Database;
use kino_testkit::{TestDatabase, on_every_database, test_data};
use sea_orm::ConnectionTrait as _;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::app::TestApp;

on_every_database!(
    a_films_people_and_genres_keep_their_ids,
    a_renamed_person_is_renamed_everywhere,
    a_film_that_two_sources_know_by_one_number_is_one,
);

/// Imports the way the command does.
pub(super) async fn import(database: &TestDatabase, from: &Path) -> ImportReport {
    let database = Database::open(database.url(), "catalogue").await.unwrap();
    let films = open_films(from, None).await.unwrap();
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let mut importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await.unwrap();
    let report = importer.run(films, &CancellationToken::new(), |_, _| ()).await.unwrap();
    database.close().await.unwrap();
    report
}

async fn import_text(database: &TestDatabase, name: &str, text: &str) -> ImportReport {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, text).unwrap();
    import(database, &file).await
}

fn told(report: &ImportReport) -> (u64, u64, u64, u64) {
    (report.added, report.changed, report.unchanged, report.bad_rows)
}

/// Imports twice: the second time nothing changes.
async fn import_twice(database: &TestDatabase, from: &Path, films: u64) -> ImportReport {
    let first = import(database, from).await;
    assert_eq!((first.added, first.changed, first.unchanged), (films, 0, 0), "{:?}", first.bad);
    let second = import(database, from).await;
    assert_eq!((second.added, second.changed, second.unchanged), (0, 0, films));
    first
}

/// The details of a film; imports are done before the platform starts.
async fn film(app: &TestApp, id: &str) -> Value {
    app.movies(&format!("/films/{id}"), None).await.is(200).json()
}

const FILM: &str = "0198f000-0000-7000-8000-00000000000f";
const ADA: &str = "0198f000-0000-7000-8000-00000000000a";
const HEIST: &str = "0198f000-0000-7000-8000-00000000000e";

async fn a_films_people_and_genres_keep_their_ids(database: TestDatabase) {
    let text = format!(
        r#"{{"id":"{FILM}","title":"Vault","genres":[{{"id":"{HEIST}","name":"Heist","name_ru":"ограбление"}},"Drama"],
            "directors":[{{"id":"{ADA}","name":"Ada Quill","name_ru":"Ада Куилл"}}],"actors":["Ada Quill"]}}"#
    );
    let line = text.replace('\n', " ");
    assert_eq!(told(&import_text(&database, "films.jsonl", &line).await), (1, 0, 0, 0));
    assert_eq!(told(&import_text(&database, "films.jsonl", &line).await), (0, 0, 1, 0));
    let app = TestApp::start(database).await;
    let vault = film(&app, FILM).await;
    assert_eq!(vault["directors"][0]["id"], ADA);
    assert_eq!(vault["actors"][0]["id"], ADA, "a bare name means whom it meant first");
    assert_eq!(vault["genres"][0]["id"], HEIST);
    app.stop().await;
}

async fn a_renamed_person_is_renamed_everywhere(database: TestDatabase) {
    let line = |film: &str, name: &str| {
        format!(r#"{{"title":"{film}","actors":[{{"id":"{ADA}","name":"{name}"}}]}}"#)
    };
    let lines = [line("One", "Ada Quill"), line("Two", "Ada Quill")].join("\n");
    import_text(&database, "films.jsonl", &lines).await;
    let lines = [line("One", "Ada Stone"), line("Two", "Ada Stone")].join("\n");
    assert_eq!(told(&import_text(&database, "films.jsonl", &lines).await), (0, 2, 0, 0));
    let app = TestApp::start(database).await;
    let ada = app.movies(&format!("/persons/{ADA}"), None).await.is(200).json();
    assert_eq!(
        (ada["full_name"].as_str(), ada["films"].as_array().map(Vec::len)),
        (Some("Ada Stone"), Some(2))
    );
    app.stop().await;
}

async fn a_film_that_two_sources_know_by_one_number_is_one(database: TestDatabase) {
    let basics = "tconst\ttitleType\tprimaryTitle\tstartYear\ntt0000007\tmovie\tMeeting\t1999\n";
    assert_eq!(told(&import_text(&database, "title.basics.tsv", basics).await), (1, 0, 0, 0));
    let line = r#"{"imdb_id":"tt0000007","title":"Meeting","title_ru":"Встреча","year":1999}"#;
    assert_eq!(told(&import_text(&database, "films.jsonl", line).await), (0, 1, 0, 0));
    let table =
        "imdb_id,title,title_ru,year\ntt0000007,Meeting,Встреча,1999\ntt0000007,Meeting,Встреча,1999\n";
    let report = import_text(&database, "films.csv", table).await;
    assert_eq!((told(&report), report.repeated), ((0, 0, 2, 0), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_schema_of_the_practicum_cinema_goes_in() {
    let Some(source) = TestDatabase::postgres().await else { return };
    let target = TestDatabase::sqlite();
    let connection = sea_orm::Database::connect(source.url()).await.unwrap();
    let tables = format!(
        r"CREATE SCHEMA films;
        CREATE TABLE films.film_work (id uuid PRIMARY KEY, title text, description text, creation_date date,
            certificate text, rating float, type text, created timestamptz);
        CREATE TABLE films.genre (id uuid PRIMARY KEY, name text);
        CREATE TABLE films.person (id uuid PRIMARY KEY, full_name text);
        CREATE TABLE films.genre_film_work (id uuid, film_work_id uuid, genre_id uuid, created timestamptz);
        CREATE TABLE films.person_film_work (id uuid, film_work_id uuid, person_id uuid, role text, created timestamptz);
        INSERT INTO films.film_work VALUES
            ('{FILM}', 'Vault', NULL, '1999-05-01', NULL, 7.25, 'movie', now()),
            ('0198f000-0000-7000-8000-000000000010', 'Long Vault', '', NULL, '16+', NULL, 'tv_show', now()),
            ('0198f000-0000-7000-8000-000000000011', 'Old', NULL, '1069-01-01', NULL, NULL, 'movie', now()),
            ('0198f000-0000-7000-8000-000000000012', NULL, NULL, NULL, NULL, NULL, 'movie', now());
        INSERT INTO films.genre VALUES ('{HEIST}', 'Heist');
        INSERT INTO films.person VALUES ('{ADA}', 'Ada Quill');
        INSERT INTO films.genre_film_work VALUES (gen_random_uuid(), '{FILM}', '{HEIST}', now());
        INSERT INTO films.person_film_work VALUES
            (gen_random_uuid(), '{FILM}', '{ADA}', 'actor', now()),
            (gen_random_uuid(), '{FILM}', '{ADA}', 'actor', now()),
            (gen_random_uuid(), '{FILM}', '{ADA}', 'director', now()),
            (gen_random_uuid(), '{FILM}', gen_random_uuid(), 'writer', now());"
    );
    connection.execute_unprepared(&tables).await.unwrap();
    connection.close().await.unwrap();

    let nothing = open_films(Path::new(source.url()), None).await.unwrap_err().to_string();
    assert!(nothing.contains("?schema=NAME"), "{nothing}");
    let url = format!("{}?schema=films", source.url());
    let report = import_twice(&target, Path::new(&url), 2).await;
    let bad: Vec<_> = report.bad.iter().map(ToString::to_string).collect();
    assert!(bad[0].starts_with("film_work:1: 1 of its links"), "{bad:?}");
    assert!(bad[1].starts_with("film_work:3: the year 1069"), "{bad:?}");
    assert!(bad[2].starts_with("film_work:4: the title is missing"), "{bad:?}");
    let app = TestApp::start(target).await;
    let vault = film(&app, FILM).await;
    assert_eq!((&vault["year"], &vault["imdb_rating"]), (&1999.into(), &7.25.into()));
    assert_eq!((vault["actors"].as_array().unwrap().len(), &vault["directors"][0]["id"]), (1, &ADA.into()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_database_of_the_practicum_cinema_goes_in() {
    let Some(data) = test_data() else { return };
    let database = TestDatabase::sqlite();
    let report = import_twice(&database, &data.join("practicum/db.sqlite.gz"), 999).await;
    assert_eq!(report.bad, []);
    let app = TestApp::start(database).await;
    let star_wars = film(&app, "3d825f60-9fff-4dfe-b294-1a45fa1e115d").await;
    assert_eq!(
        (&star_wars["title"], &star_wars["imdb_rating"]),
        (&"Star Wars: Episode IV - A New Hope".into(), &8.6.into())
    );
    let actors = star_wars["actors"].as_array().unwrap();
    assert!(actors.iter().any(|actor| actor["id"] == "26e83050-29ef-4163-a99d-b546cac208f8"), "{actors:?}");
    assert_eq!(star_wars["genres"].as_array().unwrap().len(), 4);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_database_that_it_was_made_from_goes_in() {
    let Some(data) = test_data() else { return };
    let database = TestDatabase::sqlite();
    let report = import_twice(&database, &data.join("practicum/db-old-schema.sqlite.gz"), 999).await;
    assert_eq!(report.bad, []);
    let app = TestApp::start(database).await;
    for not_a_name in ["N/A", "co-director"] {
        let found = app.movies(&format!("/persons/search?query={not_a_name}"), None).await.is(200).json();
        let people = found["items"].as_array().unwrap();
        assert!(people.iter().all(|person| person["full_name"] != not_a_name), "{found}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_tables_of_tmdb_go_in() {
    let Some(data) = test_data() else { return };
    let database = TestDatabase::sqlite();
    let report = import_twice(&database, &data.join("tmdb5000"), 4803).await;
    assert_eq!(report.bad, []);
}

/// Of 146,144: all of them take an unoptimised program minutes.
const TITLES: usize = 4000;

#[tokio::test(flavor = "multi_thread")]
async fn the_real_titles_of_imdb_go_in() {
    let Some(data) = test_data() else { return };
    let packed = fs::File::open(data.join("imdb/title.basics.2010s.csv.gz")).unwrap();
    let lines: Vec<String> = BufReader::new(GzDecoder::new(packed)).lines().map(Result::unwrap).collect();
    // The one whose year is 2115, too.
    let strange = lines.iter().position(|line| line.contains("\"2115\"")).unwrap();
    let mut some = lines[..TITLES].to_vec();
    some.push(lines[strange].clone());
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("title.basics.csv"), some.join("\n")).unwrap();
    let ratings = "title.ratings.2010s.csv.gz";
    fs::copy(data.join("imdb").join(ratings), folder.path().join(ratings)).unwrap();

    let database = TestDatabase::sqlite();
    let report = import_twice(&database, folder.path(), TITLES as u64 - 1).await;
    let bad: Vec<_> = report.bad.iter().map(ToString::to_string).collect();
    assert_eq!(bad, [format!("title.basics.csv:{}: the year 2115 is not from 1870 to 2100", TITLES + 1)]);
    let app = TestApp::start(database).await;
    let found = app.movies("/films?sort=-popularity&page_size=1", None).await.is(200).json();
    assert!(found["items"][0]["imdb_rating"].is_number(), "{found}");
    app.stop().await;
}
