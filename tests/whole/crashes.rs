//! What a `kill -9` leaves: everything that was acknowledged, nothing half done, and a start that mends the rest.
//! On the built program with its embedded engines.

use std::{
    fmt::Write as _,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::Method;
use kino_testkit::{Answer, Client};
use serde_json::{Value, json};

use crate::{
    app::{AUTH, MOVIES, PASSWORD, Person, until},
    program::Program,
};

const FILMS: u64 = 6000;
const USERS: u64 = 20_000;
const LAST_TITLE: &str = "Quokka Symphony";

async fn register(client: &Client, username: &str) -> Result<Answer, String> {
    let body =
        json!({"username": username, "email": format!("{username}@example.org"), "password": PASSWORD});
    client.post(&format!("{AUTH}/sessions/register"), &body).try_send().await
}

async fn refresh(client: &Client, person: &Person) -> Result<Person, String> {
    let body = json!({"refresh_token": person.refresh});
    let answer = client.post(&format!("{AUTH}/sessions/refresh"), &body).try_send().await?;
    Ok(Person::of(&answer.is(200).json()))
}

async fn roles(client: &Client, access: &str) -> Vec<String> {
    let me = client.get(&format!("{AUTH}/users/me")).bearer(access).send().await.is(200).json();
    serde_json::from_value(me["roles"].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_account_survives_a_kill_and_no_account_is_half_made() {
    let mut program = Program::started(&[]).await;
    let acknowledgements = Arc::new(AtomicUsize::new(0));
    let storm = (0..8).map(|task| {
        let (client, acknowledgements) = (program.client.clone(), Arc::clone(&acknowledgements));
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for n in 0.. {
                let username = format!("storm-{task}-{n}");
                let Ok(answer) = register(&client, &username).await else {
                    return (acknowledged, username);
                };
                answer.is(201);
                acknowledged.push(username);
                acknowledgements.fetch_add(1, Ordering::Relaxed);
            }
            unreachable!("the server is killed before")
        })
    });
    let storm: Vec<_> = storm.collect();
    until("enough accounts are made", async || {
        (acknowledgements.load(Ordering::Relaxed) >= 24).then_some(())
    })
    .await;
    program.kill();
    program.start().await;

    for task in storm {
        let (acknowledged, attempted) = task.await.unwrap();
        for username in acknowledged {
            program.sign_in(&username).await.is(200);
        }
        let answer = program.sign_in(&attempted).await;
        if answer.status == 200 {
            let access = Person::of(&answer.json()).access;
            assert_eq!(roles(&program.client, &access).await, ["UNSUB_USER"], "{attempted}");
        } else {
            answer.is_problem(401, "bad_credentials");
            register(&program.client, &attempted).await.unwrap().is(201);
        }
    }
}

/// What the one who changes the roles remembers.
struct Story {
    /// Whether the last acknowledged change gave the subscription.
    subscribed: bool,
    /// A change that was under way: it came about or not.
    under_way: Option<bool>,
    /// An access token from before the last acknowledged change.
    stale: String,
}

async fn change_roles(client: Client, by: Person, mut who: Person, acknowledged: Arc<AtomicUsize>) -> Story {
    let mut story = Story { subscribed: false, under_way: None, stale: String::new() };
    let path = format!("{AUTH}/users/{}/roles/SUB_USER", who.id);
    while let Ok(renewed) = refresh(&client, &who).await {
        who = renewed;
        let wish = !story.subscribed;
        let method = if wish { Method::PUT } else { Method::DELETE };
        let Ok(answer) = client.request(method, &path).bearer(&by.access).try_send().await else {
            story.under_way = Some(wish);
            break;
        };
        answer.is(204);
        story.subscribed = wish;
        story.stale.clone_from(&who.access);
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_acknowledged_change_of_rights_survives_a_kill() {
    let mut program = Program::started(&[]).await;
    let boss = program.administrator().await;
    let anna = Person::of(&register(&program.client, "anna").await.unwrap().is(201).json()["session"]);
    let elsewhere = Person::of(&program.sign_in("anna").await.is(200).json());
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let changing = tokio::spawn(change_roles(program.client.clone(), boss, anna, Arc::clone(&acknowledged)));
    until("enough changes are made", async || (acknowledged.load(Ordering::Relaxed) >= 15).then_some(()))
        .await;
    program.kill();
    let story = changing.await.unwrap();
    program.start().await;

    // From the first request on, though the kill may have left the event in the outbox.
    let stale = program.client.get(&format!("{AUTH}/users/me")).bearer(&story.stale).send().await;
    stale.is_problem(401, "token_stale");
    let renewed = refresh(&program.client, &elsewhere).await.unwrap();
    let subscribed = roles(&program.client, &renewed.access).await.contains(&"SUB_USER".to_owned());
    assert!(subscribed == story.subscribed || Some(subscribed) == story.under_way);
    let claims = BASE64_URL_SAFE_NO_PAD.decode(renewed.access.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        claims["permissions"].as_array().unwrap().contains(&json!("PAID_FILMS")),
        subscribed,
        "{claims}"
    );
}

/// A file of films, the last of which has a title like no other.
fn films(program: &Program) -> PathBuf {
    let mut lines = String::new();
    for n in 1..FILMS {
        let (year, director) = (1920 + n % 100, n % 300);
        let film = json!({
            "title": format!("Reel {n}"), "title_ru": format!("Плёнка {n}"), "year": year, "genres": ["Drama"],
            "directors": [format!("Director {director}")], "description": "A reel that was found in a cellar.",
        });
        writeln!(lines, "{film}").unwrap();
    }
    writeln!(lines, "{}", json!({"title": LAST_TITLE, "year": 2020})).unwrap();
    let file = program.folder().join("films.jsonl");
    fs::write(&file, lines).unwrap();
    file
}

/// Imports to the end: films added, changed, unchanged, bad lines.
async fn import(program: &Program, file: &str) -> Vec<u64> {
    let told = program.run(&["import", "films", file]).await.well().stdout;
    let first = told.lines().next().unwrap_or_default();
    first.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

/// IMDb's table of the same films.
fn titles(program: &Program) -> PathBuf {
    let mut lines = "tconst\ttitleType\tprimaryTitle\tstartYear\n".to_owned();
    for n in 1..FILMS {
        writeln!(lines, "tt{n:07}\tmovie\tReel {n}\t{}", 1920 + n % 100).unwrap();
    }
    writeln!(lines, "tt{FILMS:07}\tmovie\t{LAST_TITLE}\t2020").unwrap();
    let file = program.folder().join("title.basics.tsv");
    fs::write(&file, lines).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_is_finished_by_the_next() {
    is_finished_by_the_next(films).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_from_another_format_that_was_killed_is_finished_by_the_next() {
    is_finished_by_the_next(titles).await;
}

async fn is_finished_by_the_next(file_of: fn(&Program) -> PathBuf) {
    let mut program = Program::started(&[]).await;
    let boss = program.administrator().await;
    let file = file_of(&program);
    let file = file.to_str().unwrap();
    let importing = program.begin(&["import", "films", file], "");
    until("some films are there", async || (program.count_of_films(&boss).await > 0).then_some(())).await;
    assert_eq!(importing.kill().code, None, "the import ended before it was killed");
    let there = program.count_of_films(&boss).await;
    program.kill();

    let again = import(&program, file).await;
    assert!(there > 0 && again[2] >= there, "{there} films were there: {again:?}");
    assert_eq!((again[0] + again[2], again[1], again[3]), (FILMS, 0, 0), "{again:?}");
    assert_eq!(import(&program, file).await, [0, 0, FILMS, 0]);
    program.start().await;
    until("the last film is found", async || program.finds(LAST_TITLE).await.then_some(())).await;
    assert_eq!(program.count_of_films(&boss).await, FILMS);
}

/// They go in without a word of each: the index is built anew instead.
#[tokio::test(flavor = "multi_thread")]
async fn made_films_of_a_command_that_was_killed_are_found_at_the_next_start() {
    let mut program = Program::started(&[]).await;
    let boss = program.administrator().await;
    let generating = program.begin(&["demo", "generate", "--films", "50000"], "");
    until("some films are there", async || (program.count_of_films(&boss).await >= 1000).then_some(())).await;
    assert_eq!(generating.kill().code, None, "the command ended before it was killed");
    program.kill();
    program.start().await;
    until("every film is found", async || {
        let state = program.client.get(&format!("{MOVIES}/admin/index")).bearer(&boss.access).send().await;
        let state = state.is(200).json();
        (state["documents"] == state["database"] && !state["rebuild"]["finished_at"].is_null()).then_some(())
    })
    .await;
    assert!(program.count_of_films(&boss).await >= 1000);
    // And not by the comparison of index and database, which would come upon them in a minute.
    let log = program.log();
    assert!(log.contains("built the search index anew") && !log.contains("drifted"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_users_that_was_killed_is_finished_by_the_next() {
    let mut program = Program::started(&[]).await;
    let boss = program.administrator().await;
    let hash = bcrypt::hash(PASSWORD, 4).unwrap();
    let mut table = "username,email,password_hash\n".to_owned();
    for n in 0..USERS {
        writeln!(table, "viewer-{n},viewer-{n}@old.example,{hash}").unwrap();
    }
    let file = program.folder().join("users.csv");
    fs::write(&file, table).unwrap();
    let arguments = ["import", "users", file.to_str().unwrap()];
    let count = async |program: &Program| {
        let users = program.client.get(&format!("{AUTH}/users?query=viewer-&page_size=1"));
        users.bearer(&boss.access).send().await.is(200).json()["total"].as_u64().unwrap()
    };
    let importing = program.begin(&arguments, "");
    until("some users are there", async || (count(&program).await > 0).then_some(())).await;
    assert_eq!(importing.kill().code, None, "the import ended before it was killed");
    let there = count(&program).await;
    program.kill();
    assert!((500..USERS).contains(&there) && there % 500 == 0, "whole batches: {there}");

    let again = program.run(&arguments).await.well().stdout;
    assert!(
        again.starts_with(&format!("{} users added, {there} unchanged, 0 bad lines\n", USERS - there)),
        "{again}"
    );
    let again = program.run(&arguments).await.well().stdout;
    assert!(again.starts_with(&format!("0 users added, {USERS} unchanged, 0 bad lines\n")), "{again}");
    program.run(&["audit", "verify"]).await.well();
    program.start().await;
    assert_eq!(count(&program).await, USERS);
    program.sign_in(&format!("viewer-{}", USERS - 1)).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_killed_while_it_caught_up_catches_up_at_the_next_start() {
    let mut program = Program::started(&[]).await;
    assert!(!program.finds(LAST_TITLE).await);
    program.stop().await.well();
    let file = films(&program);
    assert_eq!(import(&program, file.to_str().unwrap()).await, [FILMS, 0, 0, 0]);

    // Work for seconds, of which a kill lets happen a little at a time.
    let mut was_behind = 0;
    for _ in 0..3 {
        program.start_halfway().await;
        was_behind += u32::from(!program.finds(LAST_TITLE).await);
        program.kill();
    }
    assert!(was_behind > 0, "the index was quicker than the kill each time");
    program.start().await;
    until("the last film is found", async || program.finds(LAST_TITLE).await.then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_made_anew_at_the_next_start() {
    let mut program = Program::started(&[("KINO_DEMO", "true")]).await;
    let folder = program.data().join("search");
    let index = || folder.join(fs::read_to_string(folder.join("CURRENT")).unwrap());
    let largest = || {
        let files = fs::read_dir(index()).unwrap().map(|file| file.unwrap());
        files.max_by_key(|file| file.metadata().unwrap().len()).unwrap().path()
    };
    let damages: [(&str, &dyn Fn()); 4] = [
        ("a byte turned", &|| {
            let mut bytes = fs::read(largest()).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            fs::write(largest(), bytes).unwrap();
        }),
        ("cut short", &|| fs::write(largest(), b"gar").unwrap()),
        ("gone", &|| fs::remove_file(largest()).unwrap()),
        ("no JSON", &|| fs::write(index().join("meta.json"), "garbage").unwrap()),
    ];
    for (damage, inflict) in damages {
        until("the index is whole", async || program.finds("Star Wars").await.then_some(())).await;
        program.stop().await.well();
        inflict();
        program.start().await;
        until("search works again", async || program.finds("Star Wars").await.then_some(())).await;
        assert!(program.log().contains("the search index is damaged"), "{damage}: {}", program.log());
    }
}
