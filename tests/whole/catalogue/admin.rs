//! The administration of films, genres and persons.

mod bulk;
mod callers;
mod films;
mod genres;
mod persons;
mod races;
mod revisions;
mod wrong_films;

use http::Method;
use kino_testkit::{Answer, Request};
use serde_json::{Value, json};

use crate::app::{MOVIES, Person, TestApp};

impl TestApp {
    fn admin_request(&self, by: &Person, method: Method, path: &str, body: &Value) -> Request {
        let request = self.client.request(method, &format!("{MOVIES}{path}")).bearer(&by.access);
        if body.is_null() { request } else { request.json(body) }
    }

    /// Does something to the catalogue; a body of null is none.
    async fn admin(&self, by: &Person, method: Method, path: &str, body: Value) -> Answer {
        self.admin_request(by, method, path, &body).send().await
    }

    /// The same, bound to what was seen.
    async fn admin_if(&self, by: &Person, method: Method, path: &str, tag: &str, body: Value) -> Answer {
        self.admin_request(by, method, path, &body).header("if-match", tag).send().await
    }

    /// Makes a film, a genre or a person; its id.
    async fn make(&self, by: &Person, collection: &str, body: Value) -> String {
        let made = self.admin(by, Method::POST, collection, body).await.is(201).json();
        made["id"].as_str().unwrap().to_owned()
    }

    async fn edited(&self, by: &Person, path: &str) -> Value {
        self.movies(&format!("{path}/edit"), Some(by)).await.is(200).json()
    }
}

/// A film with nothing but what it must have.
fn bare(title: &str) -> Value {
    json!({"title": {"en": title}, "access": "FREE"})
}

/// What is wrong, as "field code".
fn wrong(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{body}"));
    errors.iter().map(|error| format!("{} {}", error["field"], error["code"]).replace('"', "")).collect()
}
