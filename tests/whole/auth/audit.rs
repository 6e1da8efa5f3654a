//! The audit log: what it tells, to whom, and that nobody changes it unseen.

use http::Method;
use kino_auth::{AuditFlaw, AuditMark, AuditVerdict, verify_audit};
use kino_engine::Database;
use kino_testkit::{Answer, TestDatabase, on_every_database};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::{
    app::{AUTH, PASSWORD, Person, TestApp},
    program::Program,
};

on_every_database!(
    deeds_are_told_to_those_who_may_know,
    deeds_at_once_leave_no_gap,
    whatever_is_changed_behind_its_back_is_found,
    what_was_written_anew_differs_from_what_was_noted_elsewhere,
);

async fn audit(app: &TestApp, by: &Person, query: &str) -> Answer {
    app.client.get(&format!("{AUTH}/audit?{query}")).bearer(&by.access).send().await
}

async fn verify(app: &TestApp, expected: Option<AuditMark>) -> AuditVerdict {
    let database = app.settings.open_database("auth").await.unwrap();
    let verdict = verify_audit(&database, &app.settings.keys_folder(), expected).await.unwrap();
    database.close().await.unwrap();
    verdict
}

async fn whole(app: &TestApp) -> AuditMark {
    match verify(app, None).await {
        AuditVerdict::Whole(Some(mark)) => mark,
        verdict => panic!("{verdict:?}"),
    }
}

fn actions(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

async fn deeds_are_told_to_those_who_may_know(database: TestDatabase) {
    let app = TestApp::start(database).await;
    assert_eq!(verify(&app, None).await, AuditVerdict::Whole(None));
    let (boss, anna) = (app.administrator().await, app.register("anna").await);
    let begin = app.clock.now();
    app.advance(60);
    app.change_role(&boss, Method::PUT, &anna, "SUB_USER").await.is(204);
    app.advance(60);
    for deed in ["block", "unblock"] {
        let path = format!("{AUTH}/users/{}/{deed}", anna.id);
        app.client.request(Method::POST, &path).bearer(&boss.access).send().await.is(204);
    }
    let anna = app.sign_in("anna").await;
    let closing = app.client.request(Method::DELETE, &format!("{AUTH}/users/me")).bearer(&anna.access);
    closing.json(&json!({"password": PASSWORD})).send().await.is(204);

    let all = audit(&app, &boss, "").await.is(200).json();
    assert_eq!(
        actions(&all),
        ["account.closed", "user.unblocked", "user.blocked", "role.given", "superuser.made"]
    );
    assert_eq!((&all["total"], &all["next_cursor"]), (&json!(5), &json!(null)));
    let given = &all["items"][3];
    assert_eq!((&given["actor"], &given["target"]), (&json!(boss.id), &json!(anna.id)));
    assert_eq!(
        (&given["position"], &given["at"]),
        (&json!(2), &json!(begin + chrono::TimeDelta::seconds(60)))
    );
    assert_eq!(given["details"], json!({"role": "SUB_USER", "expires_at": null}));
    assert_eq!(all["items"][4]["actor"], json!(null));
    assert!(!all.to_string().contains("example.org"), "no personal data: {all}");

    let later = begin + chrono::TimeDelta::seconds(61);
    let later = later.to_rfc3339().replace('+', "%2B");
    for (query, found) in [
        (format!("actor={}", anna.id), vec!["account.closed"]),
        (format!("actor={}&action=user.blocked", boss.id), vec!["user.blocked"]),
        (format!("target={}", boss.id), vec!["superuser.made"]),
        ("action=role.taken".to_owned(), vec![]),
        (format!("since={later}"), vec!["account.closed", "user.unblocked", "user.blocked"]),
        (format!("until={later}"), vec!["role.given", "superuser.made"]),
        ("target=%00".to_owned(), vec![]),
        ("page_size=2&page_number=3".to_owned(), vec!["superuser.made"]),
        ("page_number=9".to_owned(), vec![]),
    ] {
        assert_eq!(actions(&audit(&app, &boss, &query).await.is(200).json()), found, "{query}");
    }
    let first = audit(&app, &boss, "page_size=2").await.is(200).json();
    let second =
        audit(&app, &boss, &format!("page_size=2&cursor={}", first["next_cursor"])).await.is(200).json();
    assert_eq!(actions(&second), ["user.blocked", "role.given"]);
    assert_eq!(second["total"], 5);

    for wrong in ["actor=boss", "action=role.give", "since=yesterday", "until=", "cursor=x", "page_size=0"] {
        audit(&app, &boss, wrong).await.is_problem(422, "validation_failed");
    }
    let long = format!("target={}", "x".repeat(255));
    audit(&app, &boss, &long).await.is_problem(422, "validation_failed");
    let boris = app.register("boris").await;
    audit(&app, &boris, "").await.is_problem(403, "permission_denied");
    app.client.get(&format!("{AUTH}/audit")).send().await.is_problem(401, "token_missing");
    assert_eq!(whole(&app).await.position, 5);
    app.stop().await;
}

async fn deeds_at_once_leave_no_gap(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let mut people = Vec::new();
    for n in 0..8 {
        people.push(app.register(&format!("viewer-{n}")).await);
    }
    let deeds = (0..48).map(|n| {
        let (client, boss) = (app.client.clone(), boss.clone());
        let path = format!("{AUTH}/users/{}/roles/SUB_USER", people[n % 8].id);
        tokio::spawn(async move {
            client.request(Method::PUT, &path).bearer(&boss.access).send().await.is(204);
        })
    });
    for deed in deeds.collect::<Vec<_>>() {
        deed.await.unwrap();
    }
    assert_eq!(whole(&app).await.position, 49);
    let page = audit(&app, &boss, "page_size=100").await.is(200).json();
    let positions: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|entry| entry["position"].as_i64().unwrap()).collect();
    assert_eq!(positions, (1..=49).rev().collect::<Vec<_>>());
    app.stop().await;
}

/// A log of an administrator who gave a role seven times: eight entries.
async fn with_eight_entries(database: TestDatabase) -> (TestApp, Database) {
    let app = TestApp::start(database).await;
    let (boss, anna) = (app.administrator().await, app.register("anna").await);
    for _ in 0..7 {
        app.advance(1);
        app.change_role(&boss, Method::PUT, &anna, "SUB_USER").await.is(204);
    }
    let auth = app.settings.open_database("auth").await.unwrap();
    (app, auth)
}

async fn execute(database: &Database, statements: &[&str]) {
    let tx = database.begin().await.unwrap();
    for statement in statements {
        tx.execute_unprepared(statement).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn whatever_is_changed_behind_its_back_is_found(database: TestDatabase) {
    let (app, auth) = with_eight_entries(database).await;
    let mark = whole(&app).await;
    assert_eq!(mark.position, 8);
    execute(
        &auth,
        &["CREATE TABLE kept AS SELECT * FROM audit", "CREATE TABLE kept_head AS SELECT * FROM audit_head"],
    )
    .await;
    let swap = [
        "UPDATE audit SET position = -3 WHERE position = 3",
        "UPDATE audit SET position = 3 WHERE position = 4",
        "UPDATE audit SET position = 4 WHERE position = -3",
    ];
    let copy = "INSERT INTO audit (position, at, actor, action, target, details, seal)";
    let put_in =
        format!("{copy} SELECT 0, at, actor, action, target, details, seal FROM audit WHERE position = 1");
    let added =
        format!("{copy} SELECT 9, at, actor, action, target, details, seal FROM audit WHERE position = 8");
    let head_of_7 = "UPDATE audit_head SET position = 7, seal = (SELECT seal FROM audit WHERE position = 7)";
    let changes: [(&str, &[&str], AuditFlaw); 15] = [
        ("an actor", &["UPDATE audit SET actor = NULL WHERE position = 4"], AuditFlaw::Changed(4)),
        ("an action", &["UPDATE audit SET action = 'role.taken' WHERE position = 5"], AuditFlaw::Changed(5)),
        ("a target", &["UPDATE audit SET target = 'x' WHERE position = 8"], AuditFlaw::Changed(8)),
        ("details", &["UPDATE audit SET details = '{}' WHERE position = 2"], AuditFlaw::Changed(2)),
        (
            "a moment",
            &["UPDATE audit SET at = (SELECT at FROM kept WHERE position = 2) WHERE position = 3"],
            AuditFlaw::Changed(3),
        ),
        (
            "a seal",
            &["UPDATE audit SET seal = (SELECT seal FROM kept WHERE position = 2) WHERE position = 6"],
            AuditFlaw::Changed(6),
        ),
        (
            "the first gone",
            &["DELETE FROM audit WHERE position = 1"],
            AuditFlaw::Missing { first: 1, last: 1 },
        ),
        (
            "two gone",
            &["DELETE FROM audit WHERE position IN (4, 5)"],
            AuditFlaw::Missing { first: 4, last: 5 },
        ),
        (
            "the end cut off",
            &["DELETE FROM audit WHERE position > 6"],
            AuditFlaw::Missing { first: 7, last: 8 },
        ),
        ("all gone", &["DELETE FROM audit"], AuditFlaw::Missing { first: 1, last: 8 }),
        ("two swapped", &swap, AuditFlaw::Changed(3)),
        ("one put in before", &[&put_in], AuditFlaw::Changed(0)),
        ("one put in behind", &[&added], AuditFlaw::Changed(9)),
        ("the head set back", &[head_of_7], AuditFlaw::Head(8)),
        ("no head", &["DELETE FROM audit_head"], AuditFlaw::Head(8)),
    ];
    for (what, statements, flaw) in changes {
        execute(&auth, statements).await;
        assert_eq!(verify(&app, None).await, AuditVerdict::Broken(flaw), "{what}");
        execute(
            &auth,
            &[
                "DELETE FROM audit",
                "INSERT INTO audit SELECT * FROM kept",
                "DELETE FROM audit_head",
                "INSERT INTO audit_head SELECT * FROM kept_head",
            ],
        )
        .await;
        assert_eq!(whole(&app).await, mark, "{what}, put back");
    }
    auth.close().await.unwrap();
    app.stop().await;
}

async fn what_was_written_anew_differs_from_what_was_noted_elsewhere(database: TestDatabase) {
    let (app, auth) = with_eight_entries(database).await;
    let noted = whole(&app).await;
    // Cut off, with the head put back: only who noted the end elsewhere can tell.
    execute(
        &auth,
        &[
            "DELETE FROM audit WHERE position > 6",
            "UPDATE audit_head SET position = 6, seal = (SELECT seal FROM audit WHERE position = 6)",
        ],
    )
    .await;
    let earlier = whole(&app).await;
    assert_eq!(earlier.position, 6);
    let missing = AuditVerdict::Broken(AuditFlaw::Missing { first: 7, last: 8 });
    assert_eq!(verify(&app, Some(noted)).await, missing);
    // The service itself goes on from there, as who has the data key could.
    let boss = app.sign_in("boss").await;
    for name in ["boris", "vera", "galina"] {
        let person = app.register(name).await;
        app.change_role(&boss, Method::PUT, &person, "SUB_USER").await.is(204);
    }
    assert_eq!(whole(&app).await.position, 9);
    assert_eq!(verify(&app, Some(noted)).await, AuditVerdict::Broken(AuditFlaw::Rewritten(8)));
    assert!(matches!(verify(&app, Some(earlier)).await, AuditVerdict::Whole(Some(_))));
    auth.close().await.unwrap();
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_tells_the_end_of_the_log_and_what_is_broken() {
    let mut program = Program::started(&[]).await;
    let told = program.run(&["audit", "verify"]).await.well().stdout;
    assert_eq!(told, "0 entries, whole\n");
    program.administrator().await;
    let told = program.run(&["audit", "verify"]).await.well().stdout;
    let end =
        told.lines().next().unwrap().strip_prefix("1 entries, whole; the last is 1 ").unwrap().to_owned();
    assert_eq!(end.len(), 64, "{told}");
    let mark = format!("1:{end}");
    assert!(told.contains(&format!("--expect {mark}")), "{told}");
    program.run(&["audit", "verify", "--expect", &mark]).await.well();

    let other = format!("1:{}", "0".repeat(64));
    let differs = program.run(&["audit", "verify", "--expect", &other]).await;
    assert_eq!(differs.code, Some(3), "{differs:?}");
    assert!(differs.stdout.contains("BROKEN: entry 1 has another seal"), "{differs:?}");
    let nonsense = program.run(&["audit", "verify", "--expect", "1"]).await;
    assert!(nonsense.code == Some(2) && nonsense.stderr.contains("POSITION:SEAL"), "{nonsense:?}");

    program.stop().await.well();
    std::fs::remove_file(program.data().join("keys/data.key")).unwrap();
    let keyless = program.run(&["audit", "verify"]).await;
    assert!(keyless.code == Some(1) && keyless.stderr.contains("data.key"), "{keyless:?}");
}
