//! Exporting films, and what comes of importing them again.

use std::fs;

use kino_catalogue::{Export, ExportFormat, Importer, generate, load_demo};
use kino_domain::{AccessLevel, Clock, Entropy};
use kino_engine::Database;
use kino_testkit::{TestDatabase, on_every_database};
use tokio_util::sync::CancellationToken;

use super::foreign::import;
use crate::program::Program;

on_every_database!(an_export_makes_the_same_catalogue_again);

async fn export(database: &TestDatabase, format: ExportFormat) -> Vec<u8> {
    let database = Database::open(database.url(), "catalogue").await.unwrap();
    let mut export = Export::begin(database.clone(), format).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = export.next().await.unwrap() {
        bytes.extend(piece);
    }
    assert_eq!(export.written(), export.total());
    database.close().await.unwrap();
    bytes
}

async fn an_export_makes_the_same_catalogue_again(first: TestDatabase) {
    let database = Database::open(first.url(), "catalogue").await.unwrap();
    let (clock, entropy) = (Clock::system(), Entropy::system());
    load_demo(database.clone(), clock.clone(), entropy.clone()).await.unwrap();
    let importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await.unwrap();
    importer.untold().run(generate(3, 0..700), &CancellationToken::new(), |_, _| ()).await.unwrap();
    database.close().await.unwrap();
    let lines = export(&first, ExportFormat::Jsonl).await;
    assert!(lines.split(|byte| *byte == b'\n').count() > 820);

    let folder = tempfile::TempDir::new().unwrap();
    for (name, format) in [("films.jsonl", ExportFormat::Jsonl), ("films.csv", ExportFormat::Csv)] {
        let file = folder.path().join(name);
        fs::write(&file, export(&first, format).await).unwrap();
        let second = TestDatabase::sqlite();
        let report = import(&second, &file).await;
        assert_eq!((report.bad, report.repeated, report.repaired), (vec![], 0, 0));
        assert!(export(&second, ExportFormat::Jsonl).await == lines, "{name}");
        let again = import(&second, &file).await;
        assert_eq!((again.added, again.changed), (0, 0));
    }
    let there = import(&first, &folder.path().join("films.csv")).await;
    assert_eq!(there.added, 0, "every film is found again where it came from");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_writes_a_whole_file_or_none() {
    let program = Program::new(&[]);
    program.run(&["demo", "generate", "--films", "1200"]).await.well();
    let told = program.run(&["export", "films", "films.csv.gz"]).await.well();
    assert!(told.stderr.contains("1200 films exported") && told.stdout.is_empty(), "{told:?}");
    assert!(!program.folder().join("films.csv.gz.unfinished").exists());

    let printed = program.run(&["export", "films"]).await.well().stdout;
    assert_eq!(printed.lines().count(), 1200);
    fs::write(program.folder().join("films.jsonl"), &printed).unwrap();
    let second = Program::new(&[]);
    let packed = program.folder().join("films.csv.gz");
    let told = second.run(&["import", "films", packed.to_str().unwrap()]).await.well().stdout;
    assert!(told.starts_with("1200 films added, 0 changed, 0 unchanged, 0 bad lines\n"), "{told}");
    assert_eq!(second.run(&["export", "films", "-"]).await.well().stdout, printed);

    let nowhere = program.run(&["export", "films", "no/such/folder/films.jsonl"]).await;
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.stderr.contains("no/such/folder/films.jsonl"), "{}", nowhere.stderr);
}
