//! The tours of both READMEs, run as they stand: every command in order against the built program, and every line
//! that they say is printed.

use std::{fs, os::unix::fs::symlink, path::Path};

use kino_testkit::without;

use crate::{child::Running, program::Program};

/// Where the READMEs say that the platform listens.
const TOLD_ADDRESS: &str = "127.0.0.1:8000";

/// The `sh` blocks of the section whose heading has this word.
fn commands(readme: &str, word: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(readme)).unwrap();
    let (mut in_section, mut in_block, mut commands) = (false, false, String::new());
    for line in text.lines() {
        match line {
            "```sh" if in_section => in_block = true,
            "```" => in_block = false,
            _ if in_block => commands.extend([line, "\n"]),
            _ if line.starts_with("## ") => in_section = line.contains(word),
            _ => {}
        }
    }
    assert!(!commands.is_empty(), "{readme} has no tour");
    commands
}

async fn take_the_tour(readme: &str, word: &str) {
    let program = Program::started(&[("KINO_DEMO", "true")]).await;
    let script = commands(readme, word);
    assert!(script.contains(TOLD_ADDRESS), "the tour does not speak to {TOLD_ADDRESS}");
    let script = script.replace(TOLD_ADDRESS, program.address());

    // A line that begins with `#` is what the command above it prints.
    let promised: Vec<&str> = script.lines().filter_map(|line| line.strip_prefix("# ")).collect();
    let file = program.folder().join("tour.sh");
    fs::write(&file, &script).unwrap();
    let programs = program.folder().join("bin");
    fs::create_dir(&programs).unwrap();
    symlink(env!("CARGO_BIN_EXE_kino"), programs.join("kino")).unwrap();
    let path = std::env::join_paths(
        [programs].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut command = program.command("bash");
    command.args(["-euo", "pipefail"]).arg(&file).env("PATH", path.unwrap());
    let ended = Running::start(command, "").ended().await;
    assert_eq!(ended.code, Some(0), "{script}\n--- printed\n{}\n--- errors\n{}", ended.stdout, ended.stderr);

    let mut printed = ended.stdout.lines();
    for line in promised {
        assert!(
            printed.any(|other| other == line),
            "{line:?} is promised, but not in its place of:\n{}",
            ended.stdout
        );
    }
}

/// Whether the machine has what the tours call.
fn can_tour() -> bool {
    for program in ["bash", "curl"] {
        if let Err(error) = std::process::Command::new(program).arg("--version").output() {
            without(program, &error.to_string());
            return false;
        }
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_works() {
    if can_tour() {
        take_the_tour("README.md", "Five-minute tour").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_russian_readme_works() {
    if can_tour() {
        take_the_tour("README.ru.md", "минут").await;
    }
}
