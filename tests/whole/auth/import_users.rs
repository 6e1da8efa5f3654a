//! Importing users who were somewhere else before.

use std::{fmt::Write as _, io::Write as _};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, phc::PasswordHash},
};
use http::Method;
use kino_auth::{AuditVerdict, UserImportReport, UserImporter, UserTable, verify_audit};
use kino_domain::{AuthEvent, DomainEvent as _, Entropy};
use kino_engine::{EventLog, log::Start};
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    app::{AUTH, PASSWORD, TestApp},
    program::Program,
};

on_every_database!(
    imported_users_sign_in_with_their_old_passwords,
    a_second_import_changes_nothing,
    bad_rows_are_told_of_and_the_rest_goes_in,
    an_interrupted_import_is_finished_by_the_next,
    an_import_and_registrations_of_the_same_names_do_not_meet,
);

/// Imports a table the way the command does: over connections of its own.
async fn import(app: &TestApp, table: &str) -> UserImportReport {
    import_until(app, table, &CancellationToken::new()).await
}

async fn import_until(app: &TestApp, table: &str, stop: &CancellationToken) -> UserImportReport {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(table.as_bytes()).unwrap();
    let database = app.settings.open_database("auth").await.unwrap();
    let (keys, clock, entropy) = (app.settings.keys_folder(), app.clock.clone(), Entropy::system());
    let mut importer = UserImporter::open(database.clone(), &keys, clock, entropy).await.unwrap();
    let report = importer.run(UserTable::open(file.path()).unwrap(), stop, |_, _| ()).await.unwrap();
    database.close().await.unwrap();
    report
}

fn argon2(algorithm: Algorithm, version: Version) -> String {
    let argon2 = Argon2::new(algorithm, version, Params::new(1024, 2, 2, Some(24)).unwrap());
    let hash: PasswordHash =
        argon2.hash_password_with_salt(PASSWORD.as_bytes(), b"salt of an old system").unwrap();
    hash.to_string()
}

fn bcrypt(version: &str) -> String {
    format!("${version}${}", &bcrypt::hash(PASSWORD, 4).unwrap()[4..])
}

fn told(report: &UserImportReport) -> (u64, u64, u64) {
    (report.added, report.unchanged, report.bad_rows)
}

async fn imported_users_sign_in_with_their_old_passwords(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let hashes = [
        ("id2", argon2(Algorithm::Argon2id, Version::V0x13)),
        ("i2", argon2(Algorithm::Argon2i, Version::V0x13)),
        ("d2", argon2(Algorithm::Argon2d, Version::V0x13)),
        ("i1", argon2(Algorithm::Argon2i, Version::V0x10)),
        ("bca", bcrypt("2a")),
        ("bcb", bcrypt("2b")),
        ("bcy", bcrypt("2y")),
    ];
    let mut table = "email;username;password_hash\n".to_owned();
    for (name, hash) in &hashes {
        let _ = writeln!(table, "{name}@old.example;was-{name};{hash}");
    }
    assert_eq!(told(&import(&app, &table).await), (7, 0, 0));
    for (name, _) in &hashes {
        let name = format!("was-{name}");
        app.try_sign_in(&name, "wrong password").await.is_problem(401, "bad_credentials");
        // The first time the hash is replaced by one of today's; the second time that one is compared.
        for _ in 0..2 {
            let person = app.sign_in(&name).await;
            let me = app.me(&person.access).send().await.is(200).json();
            assert_eq!(me["roles"], json!(["UNSUB_USER"]), "{name}");
        }
    }

    let id = "018f0000-0000-7000-8000-00000000abcd";
    let hash = bcrypt("2b");
    let table = format!(
        "id,username,email,password_hash,roles,first_name,gender,timezone,language,created_at,email_verified,blocked\n\
         {id},Анна,Anna@Old.example,{hash},SUB_USER|UNSUB_USER,Анна,female,Europe/Moscow,ru,2019-05-17T10:00:00Z,true,\n\
         ,boris,boris@old.example,{hash},,,,,,,,yes\n"
    );
    let report = import(&app, &table).await;
    assert_eq!((told(&report), report.roles["UNSUB_USER"], report.roles["SUB_USER"]), ((2, 0, 0), 2, 1));
    let anna = app.sign_in("анна").await;
    assert_eq!(anna.id, id);
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    app.movies(&paid, Some(&anna)).await.is(200);
    let me = app.me(&anna.access).send().await.is(200).json();
    for (field, value) in [
        ("username", json!("Анна")),
        ("email", json!("Anna@Old.example")),
        ("email_verified", json!(true)),
        ("first_name", json!("Анна")),
        ("gender", json!("FEMALE")),
        ("timezone", json!("Europe/Moscow")),
        ("created_at", json!("2019-05-17T10:00:00Z")),
    ] {
        assert_eq!(me[field], value, "{field}");
    }
    app.try_sign_in("boris", PASSWORD).await.is_problem(403, "account_blocked");
    others_learn_of_them_and_nobody_is_welcomed(&app, id).await;
    app.stop().await;
}

async fn others_learn_of_them_and_nobody_is_welcomed(app: &TestApp, id: &str) {
    let marker = app.register("marker").await;
    let (url, database) = (&app.settings.events, app.settings.database_url());
    let log = EventLog::open(url, &database, app.clock.clone(), Entropy::system()).await.unwrap();
    let mut follower = log.follow(AuthEvent::TOPIC, Start::Beginning).await.unwrap();
    let (mut registered, mut changed) = (Vec::new(), Vec::new());
    while !registered.contains(&marker.id) {
        for record in follower.next(100, std::time::Duration::from_secs(30)).await.unwrap() {
            match record.envelope.open::<AuthEvent>().unwrap() {
                AuthEvent::UserRegistered { user_id, .. } => registered.push(user_id.to_string()),
                AuthEvent::UserChanged { user_id, email, .. } => changed.push((user_id.to_string(), email)),
                _ => {}
            }
        }
    }
    log.close().await.unwrap();
    assert_eq!(registered.len(), 2, "the administrator and the marker");
    assert_eq!(changed.len(), 9);
    assert!(changed.contains(&(id.to_owned(), "Anna@Old.example".to_owned())), "{changed:?}");
}

fn viewers(numbers: std::ops::Range<u32>) -> String {
    let hash = bcrypt("2b");
    let mut table = "username,email,password_hash\n".to_owned();
    for n in numbers {
        let _ = writeln!(table, "viewer-{n},viewer-{n}@old.example,{hash}");
    }
    table
}

async fn a_second_import_changes_nothing(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let table = viewers(0..3);
    assert_eq!(told(&import(&app, &table).await), (3, 0, 0));
    // What has changed since stays as its owner has it.
    let viewer = app.sign_in("viewer-1").await;
    app.change_role(&boss, Method::PUT, &viewer, "SUB_USER").await.is(204);
    assert_eq!(told(&import(&app, &table).await), (0, 3, 0));
    let viewer = app.sign_in("viewer-1").await;
    let me = app.me(&viewer.access).send().await.is(200).json();
    assert_eq!(me["roles"], json!(["SUB_USER", "UNSUB_USER"]));

    let page = app.client.get(&format!("{AUTH}/audit?action=users.imported")).bearer(&boss.access);
    let page = page.send().await.is(200).json();
    let details: Vec<_> = page["items"].as_array().unwrap().iter().map(|entry| &entry["details"]).collect();
    assert_eq!(
        details,
        [
            &json!({"added": 0, "unchanged": 3, "bad": 0, "roles": {}, "interrupted": false}),
            &json!({"added": 3, "unchanged": 0, "bad": 0, "roles": {"UNSUB_USER": 3}, "interrupted": false}),
        ]
    );
    let auth = app.settings.open_database("auth").await.unwrap();
    let verdict = verify_audit(&auth, &app.settings.keys_folder(), None).await.unwrap();
    assert!(matches!(verdict, AuditVerdict::Whole(Some(_))), "{verdict:?}");
    auth.close().await.unwrap();
    app.stop().await;
}

async fn bad_rows_are_told_of_and_the_rest_goes_in(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let anna = app.register("anna").await;
    let (id, hash) = ("018f0000-0000-7000-8000-00000000abcd", bcrypt("2b"));
    let costly = hash.replace("$04$", "$31$");
    let rows = [
        format!("{id},boris,boris@old.example,{hash},"),
        format!(",anna,other@old.example,{hash},"),
        format!(",other,anna@example.org,{hash},"),
        format!("018f0000-0000-7000-8000-00000000abce,anna,anna@example.org,{hash},"),
        format!("{},renamed,renamed@old.example,{hash},", anna.id),
        format!("{id},vera,vera@old.example,{hash},"),
        format!(",BORIS,vera@old.example,{hash},"),
        format!(",vera,vera@old.example,{hash},EMPEROR"),
        ",vera,vera@old.example,plain-password,".to_owned(),
        format!(",vera,vera@old.example,{costly},"),
        format!(",x,vera@old.example,{hash},"),
        format!(",vera,nowhere,{hash},"),
        "vera".to_owned(),
        format!(",galina,galina@old.example,{hash},SUB_USER"),
    ];
    let table = format!("id,username,email,password_hash,roles\n{}\n", rows.join("\n"));
    let report = import(&app, &table).await;
    assert_eq!(told(&report), (2, 1, 11), "{report:?}");
    let expected = [
        (3, "username: another"),
        (4, "email: another"),
        (5, "username: another"),
        (7, "an earlier row"),
        (8, "username: another"),
        (9, "roles: there is no such role EMPEROR"),
        (10, "password_hash: it is no whole"),
        (11, "password_hash: comparing"),
        (12, "username: From 3"),
        (13, "email: This is not"),
        (14, "has 1 cells"),
    ];
    assert_eq!(report.bad.len(), expected.len());
    for (bad, (line, reason)) in report.bad.iter().zip(expected) {
        assert_eq!(bad.line, line, "{bad:?}");
        assert!(bad.reason.starts_with(reason), "{bad:?}");
        assert!(!bad.reason.contains(&hash[7..]) && !bad.reason.contains("plain-password"), "{bad:?}");
    }
    for name in ["boris", "galina", "anna"] {
        app.sign_in(name).await;
    }
    app.try_sign_in("vera", PASSWORD).await.is_problem(401, "bad_credentials");
    app.stop().await;
}

async fn an_interrupted_import_is_finished_by_the_next(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_DEMO", "false")]).await;
    let table = viewers(0..1200);
    let stop = CancellationToken::new();
    stop.cancel();
    let first = import_until(&app, &table, &stop).await;
    assert!(first.interrupted && told(&first) == (500, 0, 0), "{first:?}");
    let second = import(&app, &table).await;
    assert!(!second.interrupted && told(&second) == (700, 500, 0), "{second:?}");
    app.sign_in("viewer-1199").await;
    app.stop().await;
}

/// Someone registers a name that is being imported: either the import finds it taken, or the registration does.
async fn an_import_and_registrations_of_the_same_names_do_not_meet(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_DEMO", "false")]).await;
    let table = viewers(0..1500);
    let registering = async {
        let mut registered = 0;
        for n in (0..1500).step_by(125).rev() {
            let name = format!("viewer-{n}");
            let body =
                json!({"username": name, "email": format!("{name}@new.example"), "password": PASSWORD});
            let answer = app.client.post(&format!("{AUTH}/sessions/register"), &body).send().await;
            assert!(answer.status == 201 || answer.code() == "username_taken", "{}", answer.text());
            registered += u64::from(answer.status == 201);
        }
        registered
    };
    let (report, registered) = tokio::join!(import(&app, &table), registering);
    assert_eq!(told(&report), (1500 - registered, 0, registered), "{:?}", report.bad);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_imports_beside_a_running_server() {
    let program = Program::started(&[]).await;
    let file = program.folder().join("users.csv");
    let file_name = file.to_str().unwrap();
    let table =
        format!("{}x,x@old.example,hunter2\n", viewers(0..3).replace("password_hash", "Password_Hash"));
    std::fs::write(&file, table).unwrap();
    let told = program.run(&["import", "users", file_name]).await;
    assert_eq!(told.code, Some(3), "{told:?}");
    assert!(told.stdout.starts_with("3 users added, 0 unchanged, 1 bad lines\n"), "{told:?}");
    assert!(told.stderr.contains("line 5: password_hash: it is no whole"), "{told:?}");
    program.sign_in("viewer-2").await.is(200);

    std::fs::write(&file, format!("shoe_size,{}", viewers(0..0))).unwrap();
    let told = program.run(&["import", "users", file_name]).await.well();
    assert!(told.stderr.contains("columns that are passed over: shoe_size"), "{told:?}");
    std::fs::write(&file, "username,email\n").unwrap();
    let refused = program.run(&["import", "users", file_name]).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("no column `password_hash`"), "{refused:?}");
    let refused = program.run(&["import", "users", "nowhere.csv"]).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("nowhere.csv"), "{refused:?}");
    for secret in ["hunter2", "$2b$"] {
        assert!(!program.log().contains(secret) && !format!("{told:?}{refused:?}").contains(secret));
    }
}
