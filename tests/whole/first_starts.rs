//! Starts on a folder that is new, half made, or put together from two: each ends with a platform that is whole.

use std::{fs, time::Duration};

use serde_json::json;

use crate::{
    app::{AUTH, PASSWORD, until},
    program::Program,
};

const KILLS: u32 = 14;
const FILMS: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_of_the_first_start_leaves_nothing_half_made() {
    for n in 0..KILLS {
        let mut program = Program::new(&[("KINO_DEMO", "true")]);
        program.launch();
        // A kill has no right moment: each round takes another, from before the first file to after the last.
        tokio::time::sleep(Duration::from_millis(8 + u64::from(n) * 24)).await;
        program.kill();
        program.start().await;
        let body = json!({"username": "anna", "email": "anna@example.org", "password": PASSWORD});
        let register = format!("{AUTH}/sessions/register");
        program.client.post(&register, &body).send().await.is(201);
        assert!(program.finds("Solaris").await, "round {n}");
        program.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_belongs_to_another_log_is_made_anew() {
    let mut old = Program::started(&[("KINO_DEMO", "true")]).await;
    old.stop().await.well();

    // A catalogue whose log has come further than the old index's position: the position alone tells nothing.
    let mut new = Program::new(&[]);
    let films = new.folder().join("films.jsonl");
    let lines = (0..FILMS).map(|n| json!({"title": format!("Reel number {n}")}).to_string() + "\n");
    fs::write(&films, lines.collect::<String>()).unwrap();
    new.start().await;
    new.run(&["import", "films", &films.display().to_string()]).await.well();
    until("all are indexed", async || new.finds("Reel number 299").await.then_some(())).await;
    new.stop().await.well();

    for name in ["auth.db", "catalogue.db", "events.db"] {
        for leftover in ["-wal", "-shm"] {
            let _ = fs::remove_file(old.data().join(format!("{name}{leftover}")));
        }
        fs::copy(new.data().join(name), old.data().join(name)).unwrap();
    }
    old.start().await;
    assert!(old.finds("Reel number 0").await, "{}", old.log());
    assert!(!old.finds("Solaris").await);
    old.stop().await.well();
}

/// It will hold password hashes and private keys, whoever makes it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_may_look_into_the_data_folder_whatever_command_comes_first() {
    use std::os::unix::fs::PermissionsExt as _;
    for command in [&["demo", "generate", "--films", "1"][..], &["doctor"], &["index", "status"]] {
        let program = Program::new(&[]);
        program.run(command).await.well();
        let made = fs::metadata(program.data()).unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert_eq!(made.permissions().mode() & 0o077, 0, "{command:?}");
    }
}
