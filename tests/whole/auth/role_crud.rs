//! Making roles, changing them, deleting them; who may; and how soon it is felt.

use http::Method;
use kino_domain::Entropy;
use kino_node::Lifecycle;
use kino_testkit::{Answer, Client, TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, sea_query::Query};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{AUTH, MOVIES, Person, TestApp, until};

on_every_database!(
    roles_are_made_listed_changed_and_deleted,
    what_is_wrong_with_a_role_is_named,
    only_those_who_may_manage_roles_do,
    a_code_is_taken_once,
    a_key_makes_making_a_role_safe_to_repeat,
    a_role_that_someone_has_stays,
    giving_and_deleting_at_once_agree,
    a_lapsed_role_is_forgotten_in_time,
    a_role_given_again_for_good_does_not_lapse,
    built_in_roles_stay,
    nobody_hands_on_more_than_they_have,
    an_account_has_only_so_many_roles,
    a_changed_role_is_felt_on_live_tokens_everywhere,
    a_role_made_again_is_newer_than_it_was,
    changes_and_refreshes_at_once_never_leave_old_permissions,
    visitors_may_do_what_their_role_says,
    changes_are_in_the_audit_log,
);

impl TestApp {
    async fn roles(&self, by: &Person, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.client.request(method, &format!("{AUTH}/roles{path}")).bearer(&by.access);
        match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }

    async fn make_role(&self, by: &Person, code: &str, permissions: &[&str]) -> Answer {
        let body = json!({"code": code, "name": code, "permissions": permissions});
        self.roles(by, Method::POST, "", Some(body)).await
    }

    async fn change_permissions(&self, by: &Person, code: &str, permissions: &[&str]) -> Answer {
        let body = json!({"name": code, "permissions": permissions});
        self.roles(by, Method::PUT, &format!("/{code}"), Some(body)).await
    }

    async fn delete_role(&self, by: &Person, code: &str) -> Answer {
        self.roles(by, Method::DELETE, &format!("/{code}"), None).await
    }

    async fn give_until(&self, by: &Person, who: &Person, role: &str, seconds: i64) -> Answer {
        let path = format!("{AUTH}/users/{}/roles/{role}", who.id);
        let body = json!({"expires_at": self.clock.now() + chrono::TimeDelta::seconds(seconds)});
        self.client.request(Method::PUT, &path).bearer(&by.access).json(&body).send().await
    }

    /// Someone who has this role beside that of every newcomer.
    async fn person_with(&self, by: &Person, username: &str, role: &str) -> Person {
        let person = self.register(username).await;
        self.change_role(by, Method::PUT, &person, role).await.is(204);
        self.refresh(&person).await
    }
}

fn codes(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect()
}

async fn roles_are_made_listed_changed_and_deleted(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let list = app.roles(&boss, Method::GET, "", None).await.is(200).json();
    assert_eq!(codes(&list), ["ADMIN", "ANONYMOUS", "SUB_USER", "UNSUB_USER"]);
    assert_eq!(list["items"][0]["users"], 1);
    assert_eq!(
        list["items"][2],
        json!({
            "code": "SUB_USER", "name": "Subscriber", "description": null, "built_in": true, "users": 0,
            "permissions": ["PAID_FILMS", "FREE_FILMS"],
        })
    );

    let body = json!({
        "code": "EDITOR", "name": " Редак\u{0}тор ", "description": "Правит каталог",
        "permissions": ["FREE_FILMS", "CRUD_FILMS", "FREE_FILMS"],
    });
    let made = app.roles(&boss, Method::POST, "", Some(body)).await.is(201);
    assert_eq!(made.header("location"), format!("{AUTH}/roles/EDITOR"));
    let editor = json!({
        "code": "EDITOR", "name": "Редактор", "description": "Правит каталог", "built_in": false, "users": 0,
        "permissions": ["CRUD_FILMS", "FREE_FILMS"],
    });
    assert_eq!(made.json(), editor);
    let found = app.client.get(made.header("location")).bearer(&boss.access).send().await.is(200);
    assert_eq!(found.json(), editor);

    let body = json!({"code": "EDITOR", "name": "Editor", "permissions": []});
    let changed = app.roles(&boss, Method::PUT, "/EDITOR", Some(body)).await.is(200).json();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Editor"), &json!(null)));
    assert_eq!(changed["permissions"], json!([]));
    app.person_with(&boss, "anna", "EDITOR").await;
    let found = app.roles(&boss, Method::GET, "/EDITOR", None).await.is(200).json();
    assert_eq!((&found["name"], &found["users"]), (&json!("Editor"), &json!(1)));
    let second = app.roles(&boss, Method::GET, "?page_number=2&page_size=2", None).await.is(200).json();
    assert_eq!((codes(&second), &second["total"]), (vec!["EDITOR", "SUB_USER"], &json!(5)));

    app.make_role(&boss, "SHORT_LIVED", &[]).await.is(201);
    app.delete_role(&boss, "SHORT_LIVED").await.is(204);
    for method in [Method::GET, Method::DELETE] {
        app.roles(&boss, method, "/SHORT_LIVED", None).await.is_problem(404, "role_not_found");
    }
    app.change_permissions(&boss, "SHORT_LIVED", &[]).await.is_problem(404, "role_not_found");

    for (language, free) in [("ru", "Смотреть бесплатные фильмы"), ("en", "Watch free films")]
    {
        let permissions = app.client.get(&format!("{AUTH}/permissions")).header("accept-language", language);
        let permissions = permissions.bearer(&boss.access).send().await.is(200).json();
        assert_eq!(
            codes(&permissions),
            ["CRUD_ROLE", "ASSIGN_ROLE", "CRUD_FILMS", "PAID_FILMS", "FREE_FILMS"]
        );
        assert_eq!(permissions["items"][4]["description"], free);
    }
    app.stop().await;
}

async fn what_is_wrong_with_a_role_is_named(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let long = "x".repeat(501);
    let refused = async |method: Method, path: &str, body: Value| -> Vec<String> {
        let answer = app.roles(&boss, method, path, Some(body)).await.is_problem(422, "validation_failed");
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| format!("{} {}", error["field"], error["code"]).replace('"', "")).collect()
    };
    let wrong = json!({"code": "editor", "name": " ", "description": long, "permissions": []});
    let named = ["code characters", "name length", "description length"];
    assert_eq!(refused(Method::POST, "", wrong.clone()).await, named);
    let named = ["code mismatch", "name length", "description length"];
    assert_eq!(refused(Method::PUT, "/SUB_USER", wrong).await, named);
    for code in ["", "A", "2ND", "_X", "A-B", "РОЛЬ", "A\u{0}B", &"X".repeat(41)] {
        let body = json!({"code": code, "name": "x", "permissions": []});
        let errors = refused(Method::POST, "", body).await;
        assert!(matches!(errors.as_slice(), [one] if one.starts_with("code ")), "{code:?}: {errors:?}");
    }
    let unknown = json!({"code": "EDITOR", "name": "x", "permissions": ["FREE_FILMS", "ROOT"]});
    assert_eq!(refused(Method::POST, "", unknown).await, ["permissions[1] invalid"]);
    let small = json!({"name": "x", "permissions": ["free_films"]});
    assert_eq!(refused(Method::PUT, "/SUB_USER", small).await, ["permissions[0] invalid"]);
    assert_eq!(refused(Method::PUT, "/SUB_USER", json!({"name": "x"})).await, ["permissions required"]);
    let managing = json!({"name": "x", "permissions": ["FREE_FILMS", "CRUD_FILMS"]});
    assert_eq!(refused(Method::PUT, "/ANONYMOUS", managing).await, ["permissions[1] not_for_visitors"]);
    for path in ["/sub_user", "/x%27y", "/%00", "/НЕТ", "/NONE"] {
        app.roles(&boss, Method::GET, path, None).await.is_problem(404, "role_not_found");
    }
    app.stop().await;
}

async fn only_those_who_may_manage_roles_do(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.make_role(&boss, "ASSIGNER", &["ASSIGN_ROLE"]).await.is(201);
    let assigner = app.person_with(&boss, "boris", "ASSIGNER").await;
    let body = json!({"code": "EDITOR", "name": "x", "permissions": []});
    for (method, path) in [
        (Method::GET, "/roles"),
        (Method::POST, "/roles"),
        (Method::GET, "/roles/SUB_USER"),
        (Method::PUT, "/roles/SUB_USER"),
        (Method::DELETE, "/roles/SUB_USER"),
        (Method::GET, "/permissions"),
    ] {
        let request = || app.client.request(method.clone(), &format!("{AUTH}{path}")).json(&body);
        request().send().await.is_problem(401, "token_missing");
        for person in [&anna, &assigner] {
            request().bearer(&person.access).send().await.is_problem(403, "permission_denied");
        }
    }
    app.stop().await;
}

async fn a_code_is_taken_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    app.make_role(&boss, "ADMIN", &[]).await.is_problem(409, "role_exists");
    let attempts: Vec<_> = (0..12)
        .map(|n| {
            let body = json!({"code": "EDITOR", "name": format!("{n}"), "permissions": []});
            let request = app.client.post(&format!("{AUTH}/roles"), &body).bearer(&boss.access);
            tokio::spawn(async move { request.send().await })
        })
        .collect();
    let mut statuses = Vec::new();
    for attempt in attempts {
        statuses.push(attempt.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[201].as_slice(), &[409; 11]].concat());
    app.stop().await;
}

async fn a_key_makes_making_a_role_safe_to_repeat(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let body = json!({"code": "EDITOR", "name": "x", "permissions": []});
    let make = || {
        let request = app.client.post(&format!("{AUTH}/roles"), &body).bearer(&boss.access);
        request.header("idempotency-key", "k")
    };
    let first = make().send().await.is(201);
    let again = make().send().await.is(201);
    assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body));
    assert_eq!(again.header("location"), format!("{AUTH}/roles/EDITOR"));
    app.stop().await;
}

async fn a_role_that_someone_has_stays(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.make_role(&boss, "EDITOR", &["CRUD_FILMS"]).await.is(201);
    app.change_role(&boss, Method::PUT, &anna, "EDITOR").await.is(204);
    app.delete_role(&boss, "EDITOR").await.is_problem(409, "role_in_use");
    app.change_role(&boss, Method::DELETE, &anna, "EDITOR").await.is(204);
    app.give_until(&boss, &anna, "EDITOR", 60).await.is(204);
    app.delete_role(&boss, "EDITOR").await.is_problem(409, "role_in_use");
    // A role that lapsed is nobody's.
    app.advance(61);
    assert_eq!(app.roles(&boss, Method::GET, "/EDITOR", None).await.is(200).json()["users"], 0);
    app.delete_role(&boss, "EDITOR").await.is(204);
    let anna = app.refresh(&anna).await;
    assert_eq!(app.me(&anna.access).send().await.is(200).json()["roles"], json!(["UNSUB_USER"]));
    app.change_role(&boss, Method::PUT, &anna, "EDITOR").await.is_problem(404, "role_not_found");
    app.stop().await;
}

async fn giving_and_deleting_at_once_agree(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    for round in 0..10 {
        let code = format!("ROLE_{round}");
        app.make_role(&boss, &code, &[]).await.is(201);
        let (given, deleted) =
            tokio::join!(app.change_role(&boss, Method::PUT, &anna, &code), app.delete_role(&boss, &code));
        let outcome = (given.status.as_u16(), deleted.status.as_u16());
        assert!(matches!(outcome, (204, 409) | (404, 204)), "round {round}: {outcome:?}");
    }
    app.stop().await;
}

async fn holdings(app: &TestApp) -> usize {
    let auth = app.settings.open_database("auth").await.unwrap();
    let rows = auth.read().query_all(Query::select().column("role_code").from("user_roles")).await.unwrap();
    auth.close().await.unwrap();
    rows.len()
}

async fn a_lapsed_role_is_forgotten_in_time(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.give_until(&boss, &anna, "SUB_USER", 60).await.is(204);
    assert_eq!(holdings(&app).await, 4, "two of the administrator, two of anna");
    app.advance(31 * 24 * 3600);
    let app = app.restart().await;
    until("the lapsed holding is gone", async || (holdings(&app).await == 3).then_some(())).await;
    app.stop().await;
}

async fn a_role_given_again_for_good_does_not_lapse(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    app.give_until(&boss, &anna, "SUB_USER", 60).await.is(204);
    app.change_role(&boss, Method::PUT, &anna, "SUB_USER").await.is(204);
    app.advance(61);
    let anna = app.refresh(&anna).await;
    app.advance(19 * 60);
    let roles = app.me(&anna.access).send().await.is(200).json()["roles"].clone();
    assert_eq!(roles, json!(["SUB_USER", "UNSUB_USER"]));
    app.stop().await;
}

async fn built_in_roles_stay(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let mut boss = app.administrator().await;
    for code in ["ADMIN", "SUB_USER", "UNSUB_USER", "ANONYMOUS"] {
        app.delete_role(&boss, code).await.is_problem(409, "role_built_in");
    }
    for permissions in [&["CRUD_ROLE", "PAID_FILMS"][..], &["ASSIGN_ROLE"], &[]] {
        let refused = app.change_permissions(&boss, "ADMIN", permissions).await;
        refused.is_problem(409, "administrator_needs_right");
    }
    // What else it loses, an administrator can bring back, and hand on meanwhile.
    app.change_permissions(&boss, "ADMIN", &["CRUD_ROLE", "ASSIGN_ROLE"]).await.is(200);
    app.roles(&boss, Method::GET, "", None).await.is_problem(401, "token_stale");
    boss = app.refresh(&boss).await;
    let anna = app.person_with(&boss, "anna", "SUB_USER").await;
    let all = ["CRUD_ROLE", "ASSIGN_ROLE", "CRUD_FILMS", "PAID_FILMS", "FREE_FILMS"];
    app.change_permissions(&boss, "ADMIN", &all).await.is(200);
    app.me(&anna.access).send().await.is(200);
    app.stop().await;
}

async fn nobody_hands_on_more_than_they_have(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let manager_has = ["CRUD_ROLE", "ASSIGN_ROLE", "FREE_FILMS"];
    app.make_role(&boss, "MANAGER", &manager_has).await.is(201);
    app.make_role(&boss, "EDITOR", &["CRUD_FILMS"]).await.is(201);
    let manager = app.person_with(&boss, "manager", "MANAGER").await;
    let editor = app.person_with(&boss, "editor", "EDITOR").await;
    let beyond = |answer: Answer| {
        let problem = answer.is_problem(403, "permission_beyond_own");
        assert!(problem.text().contains("_FILMS") || problem.text().contains("_ROLE"), "{}", problem.text());
    };

    // Not by giving or taking a role,
    for role in ["ADMIN", "EDITOR", "SUB_USER"] {
        beyond(app.change_role(&manager, Method::PUT, &manager, role).await);
    }
    beyond(app.change_role(&manager, Method::DELETE, &boss, "ADMIN").await);
    beyond(app.change_role(&manager, Method::DELETE, &editor, "EDITOR").await);
    // nor by making one or changing one's own or another's, up or down,
    beyond(app.make_role(&manager, "MINE", &["CRUD_FILMS"]).await);
    beyond(app.change_permissions(&manager, "MANAGER", &["CRUD_ROLE", "ASSIGN_ROLE", "PAID_FILMS"]).await);
    beyond(app.change_permissions(&manager, "UNSUB_USER", &["FREE_FILMS", "CRUD_FILMS"]).await);
    beyond(app.change_permissions(&manager, "ANONYMOUS", &["FREE_FILMS", "PAID_FILMS"]).await);
    beyond(app.change_permissions(&manager, "EDITOR", &[]).await);
    beyond(app.change_permissions(&manager, "ADMIN", &manager_has).await);
    beyond(app.delete_role(&manager, "EDITOR").await);
    // nor to the role of administrators, when it allows no more than one has oneself.
    app.change_permissions(&boss, "ADMIN", &manager_has).await.is(200);
    beyond(app.change_role(&manager, Method::PUT, &manager, "ADMIN").await);
    beyond(app.change_role(&manager, Method::DELETE, &boss, "ADMIN").await);

    // What is theirs they hand on.
    app.make_role(&manager, "MINE", &["CRUD_ROLE"]).await.is(201);
    app.change_role(&manager, Method::PUT, &editor, "MINE").await.is(204);
    app.change_role(&manager, Method::DELETE, &editor, "MINE").await.is(204);
    app.change_permissions(&manager, "MINE", &["FREE_FILMS"]).await.is(200);
    app.delete_role(&manager, "MINE").await.is(204);
    // A stronger role may get another name.
    let renamed = json!({"name": "Editor in chief", "permissions": ["CRUD_FILMS"]});
    app.roles(&manager, Method::PUT, "/EDITOR", Some(renamed)).await.is(200);
    app.stop().await;
}

async fn an_account_has_only_so_many_roles(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    let code = |n: usize| format!("{}_{n}", "X".repeat(36));
    for n in 1..=20 {
        app.make_role(&boss, &code(n), &[]).await.is(201);
    }
    for n in 1..20 {
        app.change_role(&boss, Method::PUT, &anna, &code(n)).await.is(204);
    }
    app.change_role(&boss, Method::PUT, &anna, &code(20)).await.is_problem(409, "too_many_roles");
    app.change_role(&boss, Method::PUT, &anna, &code(19)).await.is(204);
    // The longest token there is still is one.
    let login = json!({"login": "anna", "password": crate::app::PASSWORD});
    let login = app.client.post(&format!("{AUTH}/sessions/login"), &login);
    let session = login.header("user-agent", &"\"".repeat(300)).send().await.is(200).json();
    app.me(session["access_token"].as_str().unwrap()).send().await.is(200);
    app.stop().await;
}

async fn a_changed_role_is_felt_on_live_tokens_everywhere(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    app.make_role(&boss, "FRIEND", &["FREE_FILMS"]).await.is(201);
    let mut friend = app.person_with(&boss, "friend", "FRIEND").await;
    let stranger = app.register("stranger").await;
    app.movies(&paid, Some(&friend)).await.is_problem(403, "film_requires_subscription");

    app.change_permissions(&boss, "FRIEND", &["FREE_FILMS", "PAID_FILMS"]).await.is(200);
    app.movies(&paid, Some(&friend)).await.is_problem(401, "token_stale");
    app.me(&friend.access).send().await.is_problem(401, "token_stale");
    app.me(&stranger.access).send().await.is(200);
    friend = app.refresh(&friend).await;
    app.movies(&paid, Some(&friend)).await.is(200);

    // Another name changes nobody's rights.
    let renamed = json!({"name": "Friends", "permissions": ["PAID_FILMS", "FREE_FILMS"]});
    app.roles(&boss, Method::PUT, "/FRIEND", Some(renamed)).await.is(200);
    app.movies(&paid, Some(&friend)).await.is(200);

    app.change_permissions(&boss, "FRIEND", &[]).await.is(200);
    app.movies(&paid, Some(&friend)).await.is_problem(401, "token_stale");
    let app = app.restart().await;
    app.movies(&paid, Some(&friend)).await.is_problem(401, "token_stale");
    app.me(&stranger.access).send().await.is(200);
    friend = app.refresh(&friend).await;
    app.movies(&paid, Some(&friend)).await.is_problem(403, "film_requires_subscription");
    app.stop().await;
}

/// The clock stands still here: the version must not rest on it.
async fn a_role_made_again_is_newer_than_it_was(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    let anna = app.register("anna").await;
    app.make_role(&boss, "FRIEND", &["PAID_FILMS"]).await.is(201);
    app.change_role(&boss, Method::PUT, &anna, "FRIEND").await.is(204);
    let first = app.refresh(&anna).await;
    app.movies(&paid, Some(&first)).await.is(200);
    app.change_role(&boss, Method::DELETE, &anna, "FRIEND").await.is(204);
    app.delete_role(&boss, "FRIEND").await.is(204);
    app.make_role(&boss, "FRIEND", &[]).await.is(201);
    app.change_role(&boss, Method::PUT, &anna, "FRIEND").await.is(204);
    app.movies(&paid, Some(&first)).await.is_problem(401, "token_stale");
    let second = app.refresh(&first).await;
    app.movies(&paid, Some(&second)).await.is_problem(403, "film_requires_subscription");
    app.stop().await;
}

/// Whatever the order in which changes of a role and refreshes of those who have it happen to be done, a token that is
/// accepted after a change was acknowledged says what the role allows since.
async fn changes_and_refreshes_at_once_never_leave_old_permissions(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    app.make_role(&boss, "FRIEND", &[]).await.is(201);
    let mut friends = Vec::new();
    for n in 0..4 {
        friends.push(app.person_with(&boss, &format!("friend{n}"), "FRIEND").await);
    }
    for round in 0..10 {
        let opens = round % 2 == 0;
        let (permissions, right): (&[&str], u16) = if opens { (&["PAID_FILMS"], 200) } else { (&[], 403) };
        let refreshes: Vec<_> = friends
            .iter()
            .flat_map(|friend| [friend, friend])
            .map(|friend| {
                let body = json!({"refresh_token": friend.refresh});
                let request = app.client.post(&format!("{AUTH}/sessions/refresh"), &body);
                tokio::spawn(async move { Person::of(&request.send().await.is(200).json()) })
            })
            .collect();
        app.change_permissions(&boss, "FRIEND", permissions).await.is(200);
        let mut newest = Vec::new();
        for (n, refresh) in refreshes.into_iter().enumerate() {
            let pair = refresh.await.unwrap();
            // Refused as stale, or right; never with the permissions of before.
            let status = app.movies(&paid, Some(&pair)).await.status.as_u16();
            assert!(status == right || status == 401, "round {round}, refresh {n}: {status}");
            if n % 2 == 0 {
                newest.push(app.refresh(&pair).await);
            }
        }
        app.advance(11);
        for friend in &newest {
            assert_eq!(app.movies(&paid, Some(friend)).await.status.as_u16(), right, "round {round}");
        }
        friends = newest;
    }
    app.stop().await;
}

async fn visitors_may_do_what_their_role_says(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let viewer = app.register("viewer").await;
    let id = app.film(&boss, "Inception").await;
    let paid = format!("/films/{id}");
    let published =
        async |app: &TestApp| app.client.get("/auth/.well-known/anonymous.json").send().await.is(200).json();
    assert_eq!(published(&app).await["permissions"], json!(["FREE_FILMS"]));
    app.movies(&paid, None).await.is_problem(403, "film_requires_subscription");

    app.change_permissions(&boss, "ANONYMOUS", &["PAID_FILMS", "FREE_FILMS"]).await.is(200);
    let opened = published(&app).await;
    assert_eq!(opened["permissions"], json!(["PAID_FILMS", "FREE_FILMS"]));
    let open = app.movies(&paid, None).await.is(200);
    assert_eq!(open.header("cache-control"), "private, no-cache", "nobody keeps it for others");
    // Who signs in may do no less than before; their token goes on.
    app.movies(&paid, Some(&viewer)).await.is(200);
    let sees_paid = async |app: &TestApp| {
        let list = app.movies("/films?page_size=100", None).await.is(200).json();
        list["items"].as_array().unwrap().iter().any(|film| film["access"] == "PAID")
    };
    assert!(sees_paid(&app).await);

    let app = app.restart().await;
    assert_eq!(published(&app).await, opened);
    app.movies(&paid, None).await.is(200);
    // Longer than the log is asked for at a start: then it is what auth publishes that counts.
    app.advance(3600);
    let app = app.restart().await;
    app.movies(&paid, None).await.is(200);

    let boss = app.refresh(&boss).await;
    app.change_permissions(&boss, "ANONYMOUS", &[]).await.is(200);
    app.movies(&paid, None).await.is_problem(403, "film_requires_subscription");
    let etag = open.header("etag").to_owned();
    let cached = app.client.get(&format!("{MOVIES}{paid}")).header("if-none-match", &etag).send().await;
    cached.is_problem(403, "film_requires_subscription");
    assert!(!sees_paid(&app).await);
    let viewer = app.refresh(&viewer).await;
    app.movies(&paid, Some(&viewer)).await.is_problem(403, "film_requires_subscription");
    app.stop().await;
}

async fn changes_are_in_the_audit_log(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    app.make_role(&boss, "FRIEND", &["FREE_FILMS"]).await.is(201);
    app.change_permissions(&boss, "FRIEND", &["PAID_FILMS"]).await.is(200);
    app.make_role(&boss, "FRIEND", &[]).await.is_problem(409, "role_exists");
    app.delete_role(&boss, "FRIEND").await.is(204);
    let auth = app.settings.open_database("auth").await.unwrap();
    let query = Query::select()
        .columns(["action", "target", "details"])
        .from("audit")
        .order_by("position", sea_orm::Order::Asc)
        .to_owned();
    let entries = auth.read().query_all(&query).await.unwrap();
    let text = |row: &sea_orm::QueryResult, n: usize| row.try_get_by_index::<String>(n).unwrap();
    let entries: Vec<_> = entries.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect();
    let of_role: Vec<_> = entries.iter().filter(|(_, target, _)| target == "FRIEND").collect();
    let actions: Vec<_> = of_role.iter().map(|(action, ..)| action.as_str()).collect();
    assert_eq!(actions, ["role.made", "role.changed", "role.deleted"]);
    let details: Value = serde_json::from_str(&of_role[1].2).unwrap();
    assert_eq!(details["permissions"], json!({"before": ["FREE_FILMS"], "after": ["PAID_FILMS"]}));
    auth.close().await.unwrap();
    app.stop().await;
}

/// Two servers on one PostgreSQL: what one changes, the other feels.
#[tokio::test(flavor = "multi_thread")]
async fn another_process_feels_a_change_within_a_second() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let paid = format!("{MOVIES}/films/{}", app.film(&boss, "Inception").await);
    // A folder of its own, with the same keys.
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("keys")).unwrap();
    for key in std::fs::read_dir(app.settings.keys_folder()).unwrap() {
        let key = key.unwrap().path();
        std::fs::copy(&key, folder.path().join("keys").join(key.file_name().unwrap())).unwrap();
    }
    let mut settings = app.settings.clone();
    settings.data_dir = folder.path().to_owned();
    let (clock, lifecycle) = (app.clock.clone(), Lifecycle::new());
    let other = kino::Platform::start(&settings, clock, Entropy::system(), lifecycle).await.unwrap();
    let client = Client::new(&other.address);
    until("the other is ready", async || {
        client.get("/readyz").send().await.status.is_success().then_some(())
    })
    .await;

    app.make_role(&boss, "FRIEND", &["PAID_FILMS"]).await.is(201);
    let friend = app.person_with(&boss, "friend", "FRIEND").await;
    client.get(&paid).bearer(&friend.access).send().await.is(200);
    let felt = async |what: &str, token: Option<&str>, status: u16| {
        let asked = std::time::Instant::now();
        until(what, async || {
            let request = client.get(&paid);
            let request = match token {
                Some(token) => request.bearer(token),
                None => request,
            };
            (request.send().await.status == status).then_some(())
        })
        .await;
        asked.elapsed()
    };
    app.change_permissions(&boss, "FRIEND", &[]).await.is(200);
    let stale = felt("the friend's token is stale", Some(&friend.access), 401).await;
    app.change_permissions(&boss, "ANONYMOUS", &["PAID_FILMS"]).await.is(200);
    let open = felt("the film is open to visitors", None, 200).await;
    app.change_permissions(&boss, "ANONYMOUS", &[]).await.is(200);
    let closed = felt("the film is closed to visitors", None, 403).await;
    // The quickest: a machine that does other things too may be late once.
    let quickest = stale.min(open).min(closed);
    assert!(quickest.as_millis() < 1000, "{stale:?}, {open:?}, {closed:?}");
    other.stop().await;
    app.stop().await;
}
