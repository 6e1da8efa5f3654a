//! Who may call what: every route of every API document, called by every kind of caller, compared with the table in
//! `access.golden`. A new route is missing from the table until `make generate` writes it there, for a reader to judge.
//!
//! Ids in paths are of nothing that exists and bodies are empty, so that nothing changes: a caller who may gets 404 or
//! 422 where one who may not gets 401 or 403. Films come in all three kinds.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use crate::app::{AUTH, Person, TestApp};

on_every_database!(every_route_admits_whom_the_table_says);

const NOBODY: &str = "018f0000-0000-7000-8000-00000000dead";
/// Callers, weakest first. The first has no token.
const CALLERS: [(&str, &[&str]); 6] = [
    ("visitor", &[]),
    ("viewer", &[]),
    ("subscriber", &["SUB_USER"]),
    ("editor", &["EDITOR"]),
    ("support", &["SUPPORT"]),
    ("admin", &["ADMIN"]),
];

/// A route, as it is called.
struct Route {
    method: Method,
    /// As the document names it, with what kind of thing it is called for.
    name: String,
    path: String,
}

async fn every_route_admits_whom_the_table_says(database: TestDatabase) {
    let app = TestApp::with(database, &[("KINO_LIMITS__ENABLED", "false")]).await;
    let routes = routes(&app).await;
    let mut table: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    for (name, roles) in CALLERS {
        let mut caller = None;
        for route in &routes {
            caller = match caller {
                Some(caller) => Some(caller),
                None if name == "visitor" => None,
                None => Some(sign_in(&app, name, roles).await),
            };
            let mut request = app.client.request(route.method.clone(), &route.path);
            if route.method != Method::GET {
                request = request.json(&json!({}));
            }
            if let Some(Person { access, .. }) = &caller {
                request = request.bearer(access);
            }
            let status = request.send().await.status.as_u16();
            table.entry(format!("{} {}", route.method, route.name)).or_default().push(status);
            // Signing out is a route too.
            if let Some(person) = &caller
                && !app.me(&person.access).send().await.status.is_success()
            {
                caller = None;
            }
        }
    }
    compare(&table);
    app.stop().await;
}

/// Every route of every document.
async fn routes(app: &TestApp) -> Vec<Route> {
    let boss = make_callers(app).await;
    let mut films = Vec::new();
    for (kind, title) in [("FREE", "Solaris"), ("PAID", "Inception"), ("ARCHIVED", "Stalker")] {
        films.push((
            kind,
            film_of(app, &boss, kind).await.unwrap_or_else(|| panic!("no {kind} film, e.g. {title}")),
        ));
    }
    let mut routes = Vec::new();
    for document in ["/auth/openapi.json", "/async/openapi.json"] {
        let document = app.client.get(document).send().await.is(200).json();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
                let called = format!("{}{}", with_ids(path, NOBODY), query(operation));
                routes.push(Route { method: method.clone(), name: path.clone(), path: called });
                if method == Method::GET && path.contains("/films/{id}") {
                    for (kind, film) in &films {
                        let called = format!("{}{}", with_ids(path, film), query(operation));
                        routes.push(Route {
                            method: method.clone(),
                            name: format!("{path} {kind}"),
                            path: called,
                        });
                    }
                }
            }
        }
    }
    routes
}

/// The path with its placeholders filled in.
fn with_ids(path: &str, id: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap();
        filled += before;
        filled += match name {
            "code" => "NO_SUCH_ROLE",
            "provider" => "nobody",
            _ => id,
        };
        rest = after;
    }
    filled + rest
}

/// The parameters that the route asks for.
fn query(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let asked = parameters.iter().filter(|it| it["in"] == "query" && it["required"] == true);
    let pairs: Vec<String> = asked
        .map(|it| match it["name"].as_str().unwrap() {
            "permission" => "permission=FREE_FILMS".to_owned(),
            name => format!("{name}=a"),
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// Makes the roles and people of [`CALLERS`]; gives the administrator.
async fn make_callers(app: &TestApp) -> Person {
    let boss = app.administrator().await;
    for (code, permissions) in
        [("EDITOR", json!(["CRUD_FILMS", "FREE_FILMS"])), ("SUPPORT", json!(["ASSIGN_ROLE", "FREE_FILMS"]))]
    {
        let role = json!({"code": code, "name": code, "permissions": permissions});
        app.client.post(&format!("{AUTH}/roles"), &role).bearer(&boss.access).send().await.is(201);
    }
    for (name, roles) in &CALLERS[1..] {
        let person = app.register(name).await;
        for role in *roles {
            app.change_role(&boss, Method::PUT, &person, role).await.is(204);
        }
    }
    boss
}

async fn sign_in(app: &TestApp, name: &str, roles: &[&str]) -> Person {
    let person = app.sign_in(name).await;
    let held = app.me(&person.access).send().await.is(200).json()["roles"].clone();
    assert!(roles.iter().all(|role| held.as_array().unwrap().contains(&json!(role))), "{name}: {held}");
    person
}

/// Some film of an access level, as the administrator finds it.
async fn film_of(app: &TestApp, boss: &Person, access: &str) -> Option<String> {
    let page = app.movies(&format!("/films?access={access}&page_size=1"), Some(boss)).await.is(200).json();
    Some(page["items"][0]["id"].as_str()?.to_owned())
}

fn compare(table: &BTreeMap<String, Vec<u16>>) {
    let mut text = String::from(
        "# Who may call what: the status that each kind of caller gets. Made by `make generate`.\n",
    );
    let width = table.keys().map(String::len).max().unwrap_or_default();
    let _ = write!(text, "{:width$}", "");
    for (name, _) in CALLERS {
        let _ = write!(text, "  {name}");
    }
    text.push('\n');
    for (route, statuses) in table {
        let _ = write!(text, "{route:width$}");
        for ((name, _), status) in CALLERS.iter().zip(statuses) {
            let _ = write!(text, "  {status:<width$}", width = name.len());
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/whole/access.golden");
    if std::env::var_os("KINO_TEST_UPDATE").is_some() {
        std::fs::write(&golden, &text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    for (n, (line, other)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(
            line,
            other,
            "line {} of tests/whole/access.golden; `make generate` writes it anew",
            n + 1
        );
    }
    assert_eq!(
        text.lines().count(),
        expected.lines().count(),
        "a route was added or taken away: `make generate`"
    );
}
