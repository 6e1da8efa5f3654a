//! The command line of the built program: starts that cannot be end with what to do, the end is orderly, and the
//! commands tell the truth without telling secrets.

use std::fs;

use kino_testkit::free_port;

use crate::{child::Ended, program::Program};

/// Checks that a start failed as it should: with a message for the person who started it.
#[track_caller]
fn refused(ended: &Ended, telling: &[&str]) {
    let Ended { code, stderr, .. } = ended;
    assert_eq!(*code, Some(1), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    for part in telling {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_cannot_work_is_refused_with_what_to_do() {
    let closed = format!("redis://127.0.0.1:{}", free_port().unwrap());
    let nowhere = format!("postgres://u:secretpw@127.0.0.1:{}/d", free_port().unwrap());
    let silent = format!("opensearch+http://u:secretpw@127.0.0.1:{}", free_port().unwrap());
    for (name, value, telling) in [
        (
            "KINO_DATABASE",
            "mysql://x",
            ["database = \"mysql://x\"", "use \"sqlite:FOLDER\" or \"postgres://"],
        ),
        ("KINO_DATABASE", &nowhere, ["database = \"postgres://u:***@127.0.0.1", "PostgreSQL"]),
        ("KINO_CACHE", &closed, ["cache = \"redis://127.0.0.1", "memory:"]),
        (
            "KINO_SEARCH",
            &silent,
            ["search = \"opensearch+http://127.0.0.1", "check that OpenSearch runs there"],
        ),
        ("KINO_SEARCH", "opensearch+http://u:secretpw@h/A", ["KINO_SEARCH", "opensearch+http://u:***@h/A"]),
        (
            "KINO_MAIL",
            "smtp://u:secretpw@mail.example.org:mail",
            ["mail = \"smtp://u:***@mail.example.org", "smtps://USER:PASSWORD@HOST"],
        ),
        ("KINO_MAIL_FROM", "nobody", ["KINO_MAIL_FROM", "Cinema <no-reply@cinema.example>"]),
        ("KINO_PUBLIC_URL", "cinema.example", ["KINO_PUBLIC_URL", "https://cinema.example"]),
        ("KINO_LISTN", "127.0.0.1:0", ["KINO_LISTN", "`KINO_LISTEN`"]),
        ("KINO_LISTEN", "nonsense", ["listen", "nonsense"]),
    ] {
        let ended = Program::new(&[(name, value)]).run(&[]).await;
        refused(&ended, &telling);
        assert!(!ended.stderr.contains("secretpw"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_holds_is_refused_with_what_to_do() {
    let first = Program::started(&[]).await;
    let taken = Program::new(&[("KINO_LISTEN", first.address())]);
    refused(&taken.run(&[]).await, &[first.address(), "in use"]);
    let second = first.run(&["--listen", "127.0.0.1:0"]).await;
    refused(&second, &["another kino server uses this folder", "KINO_DATA_DIR"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_cannot_be_used_is_refused_with_what_to_do() {
    let is_file = Program::new(&[]);
    fs::write(is_file.data(), "a file").unwrap();
    refused(&is_file.run(&[]).await, &["data_dir", "KINO_DATA_DIR"]);

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let locked = Program::new(&[]);
        fs::create_dir(locked.data()).unwrap();
        fs::set_permissions(locked.data(), fs::Permissions::from_mode(0o500)).unwrap();
        // Root may write anywhere: then there is nothing to refuse.
        if fs::write(locked.data().join("trial"), "").is_err() {
            refused(&locked.run(&[]).await, &["data_dir", "KINO_DATA_DIR"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_key_is_refused_with_what_to_do() {
    let mut program = Program::started(&[]).await;
    program.stop().await.well();
    let mut keys = fs::read_dir(program.data().join("keys")).unwrap().map(|file| file.unwrap().path());
    let key = keys.find(|file| file.extension().is_some_and(|extension| extension == "pem")).unwrap();
    let whole = fs::read(&key).unwrap();
    fs::write(&key, &whole[..whole.len() / 2]).unwrap();
    let name = key.file_name().unwrap().to_str().unwrap();
    refused(&program.run(&[]).await, &[name, "is not a whole private key", "move it away"]);
    fs::write(&key, whole).unwrap();
    program.start().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_stop_ends_the_program_well() {
    let mut program = Program::started(&[("KINO_DEMO", "true")]).await;
    let ended = program.stop().await.well();
    assert!(ended.stdout.trim_end().ends_with("Stopped."), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_all_well_beside_a_running_server() {
    let mut program = Program::started(&[("KINO_DEMO", "true")]).await;
    let told = program.run(&["doctor"]).await.well().stdout;
    assert!(told.contains("All is well.") && !told.contains("WRONG"), "{told}");
    program.stop().await.well();
    let told = program.run(&["doctor"]).await.well().stdout;
    assert!(told.contains("All is well."), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_stops_no_start_and_the_doctor_tells_of_it() {
    let url = format!("smtp://u:secretpw@127.0.0.1:{}", free_port().unwrap());
    let mut program = Program::started(&[("KINO_MAIL", &url)]).await;
    let ended = program.run(&["doctor"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let told = ended.stdout.lines().find(|line| line.starts_with("WRONG")).unwrap_or_default();
    assert!(told.contains("mail") && ended.stdout.contains("KINO_MAIL"), "{ended:?}");
    assert!(
        ended.stdout.contains("1 to be mended") && !format!("{ended:?}").contains("secretpw"),
        "{ended:?}"
    );
    program.stop().await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shown_settings_hide_passwords_and_tell_where_they_come_from() {
    let settings = [
        ("KINO_DATABASE", "postgres://u:secretpw@h/d"),
        ("KINO_CACHE", "redis://:secretpw@h:6379"),
        ("KINO_MAIL", "smtps://u:secretpw@h"),
        ("KINO_SEARCH", "opensearch+https://u:secretpw@h/cinema"),
    ];
    let told = Program::new(&settings).run(&["config"]).await.well();
    assert!(!format!("{told:?}").contains("secretpw"), "{told:?}");
    for part in [
        "postgres://u:***@h/d",
        "redis://:***@h:6379",
        "smtps://u:***@h",
        "https://u:***@h/cinema",
        "KINO_DATABASE",
    ] {
        assert!(told.stdout.contains(part), "{part}: {}", told.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn films_are_imported_from_whatever_says_what_it_is() {
    let program = Program::new(&[]);
    fs::create_dir(program.folder().join("imdb")).unwrap();
    let basics = "tconst\ttitleType\tprimaryTitle\tstartYear\ntt0000001\tmovie\tOne\t1999\ntt0000002\ttvEpisode\tTwo\t1999\n";
    for (name, text) in [
        ("imdb/title.basics.tsv", basics),
        ("diary.txt", "Dear diary"),
        ("people.csv", "name,year\nAda,1999\n"),
        ("films.csv", "title,year\nThree,1999\nFour,9999\nAmÃ©lie,2001\n"),
    ] {
        fs::write(program.folder().join(name), text).unwrap();
    }
    let told = program.run(&["import", "films", "imdb"]).await.well().stdout;
    assert!(told.starts_with("1 films added, 0 changed, 0 unchanged, 0 bad lines\n1 passed over"), "{told}");
    let ended = program.run(&["import", "films", "films.csv"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("films.csv:3: the year 9999"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("films.csv:4: \"AmÃ©lie\" was encoded twice, taken as \"Amélie\""),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stdout.contains("2 films added") && ended.stdout.contains("1 texts had been"),
        "{}",
        ended.stdout
    );

    let formats = ["jsonl", "csv", "imdb", "tmdb", "practicum", "--format"];
    for file in ["diary.txt", "people.csv", "."] {
        refused(&program.run(&["import", "films", file]).await, &formats);
    }
    refused(&program.run(&["import", "films", "nowhere.jsonl"]).await, &["nowhere.jsonl"]);
    let said = program.run(&["import", "films", "people.csv", "--format", "csv"]).await;
    refused(&said, &["people.csv has no column `title`", "name, year"]);
    let nowhere = format!("postgres://u:secretpw@127.0.0.1:{}/d", free_port().unwrap());
    let ended = program.run(&["import", "films", &nowhere]).await;
    refused(&ended, &["127.0.0.1/d"]);
    assert!(!ended.stderr.contains("secretpw"), "{}", ended.stderr);
}
