//! Made films, and the command that makes them.

use kino_catalogue::generate;
use serde_json::Value;

use crate::{app::until, program::Program};

const FILMS: u64 = 1300;

/// A free one, towards the end.
fn a_title() -> String {
    let films = generate(1, 1000..FILMS).lines().map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let free = films.filter(|film| film["access"] == "FREE").last().unwrap();
    free["title_en"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn made_films_are_found_beside_a_running_server() {
    let mut program = Program::started(&[]).await;
    let films = FILMS.to_string();
    let told = program.run(&["demo", "generate", "--films", &films]).await.well().stdout;
    assert!(told.starts_with("1300 films added, 0 changed, 0 unchanged\n"), "{told}");
    let title = a_title();
    until("a made film is found", async || program.finds(&title).await.then_some(())).await;
    let boss = program.administrator().await;
    assert_eq!(program.count_of_films(&boss).await, FILMS);

    let again = program.run(&["demo", "generate", "--films", "10"]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("has films already") && again.stderr.contains("--add"), "{}", again.stderr);
    let told = program.run(&["demo", "generate", "--films", "1500", "--add"]).await.well().stdout;
    assert!(told.starts_with("200 films added, 0 changed, 1300 unchanged\n"), "{told}");
    let told =
        program.run(&["demo", "generate", "--films", "50", "--seed", "2", "--add"]).await.well().stdout;
    assert!(told.starts_with("50 films added"), "{told}");
    program.stop().await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn films_that_are_made_before_the_server_starts_are_found_after_it() {
    let mut program = Program::started(&[]).await;
    assert!(!program.finds(&a_title()).await);
    program.stop().await.well();
    program.run(&["demo", "generate", "--films", &FILMS.to_string()]).await.well();
    program.start().await;
    let title = a_title();
    until("a made film is found", async || program.finds(&title).await.then_some(())).await;
}
