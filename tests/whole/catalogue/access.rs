//! Who sees which film, on every surface.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::Value;

use crate::app::{Person, TestApp};

on_every_database!(every_surface_obeys_the_rule);

/// Films of one director, one of each level.
const FREE: &str = "Star Wars";
const PAID: &str = "The Empire Strikes Back";
const ARCHIVED: &str = "Return of the Jedi";

async fn every_surface_obeys_the_rule(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let viewer = app.register("viewer").await;
    let subscriber = app.register("subscriber").await;
    app.change_role(&boss, Method::PUT, &subscriber, "SUB_USER").await.is(204);
    let subscriber = app.refresh(&subscriber).await;
    let mut ids = Vec::new();
    for title in [FREE, PAID, ARCHIVED] {
        ids.push(app.film(&boss, title).await);
    }
    let lucas = person(&app, "mark hamill").await;

    let cases: [(Option<&Person>, [u16; 3], usize); 4] = [
        (None, [200, 403, 403], 1),
        (Some(&viewer), [200, 403, 403], 1),
        (Some(&subscriber), [200, 200, 403], 2),
        (Some(&boss), [200, 200, 200], 3),
    ];
    for (who, statuses, levels) in cases {
        for (id, status) in ids.iter().zip(statuses) {
            app.movies(&format!("/films/{id}"), who).await.is(status);
            app.movies(&format!("/films/{id}/poster.svg"), who).await.is(status);
        }
        for path in [
            "/films?page_size=100".to_owned(),
            "/films?page_size=100&sort=title".to_owned(),
            "/films/search?query=&page_size=100".to_owned(),
            "/films/search?query=mark+hamill&page_size=100".to_owned(),
            format!("/films?person={lucas}&page_size=100"),
            format!("/persons/{lucas}/films?page_size=100"),
        ] {
            let list = app.movies(&path, who).await.is(200).json();
            let seen: std::collections::BTreeSet<_> = list["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|film| film["access"].as_str().unwrap().to_owned())
                .collect();
            let allowed = ["FREE", "PAID", "ARCHIVED"][..levels].iter().map(ToString::to_string).collect();
            assert_eq!(seen, allowed, "{path} as {who:?}");
        }
        // Counts leak nothing either: all that is counted is there to be seen.
        let found = app.movies("/films/search?query=mark+hamill&page_size=100", who).await.is(200).json();
        assert_eq!(found["total"].as_u64().unwrap(), found["items"].as_array().unwrap().len() as u64);
        let closed = app.movies("/films?access=ARCHIVED", who).await.is(200).json();
        assert_eq!(closed["total"].as_u64().unwrap() > 0, levels == 3);
        let detail = app.movies(&format!("/persons/{lucas}"), who).await.is(200).json();
        assert!(titles(&detail["films"]).contains(&FREE.to_owned()));
        assert_eq!(titles(&detail["films"]).contains(&ARCHIVED.to_owned()), levels == 3);
    }
    app.movies(&format!("/films/{}", ids[2]), Some(&subscriber)).await.is_problem(403, "film_archived");
    app.movies(&format!("/films/{}", ids[1]), None).await.is_problem(403, "film_requires_subscription");
    app.stop().await;
}

async fn person(app: &TestApp, name: &str) -> String {
    let found =
        app.movies(&format!("/persons/search?query={}", name.replace(' ', "+")), None).await.is(200).json();
    found["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{name}: {found}")).to_owned()
}

fn titles(films: &Value) -> Vec<String> {
    films.as_array().unwrap().iter().map(|film| film["title"].as_str().unwrap().to_owned()).collect()
}
