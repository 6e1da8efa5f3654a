//! Passkeys. What the browser is asked and what it answers is handed on as it is: the site need not understand it.

use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Tokens, Trouble, read, succeed, typed};
use crate::visit::Visit;

/// A passkey in the list of its owner.
#[derive(Debug, Deserialize)]
pub(crate) struct Passkey {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

/// A browser's answer, as the form of a page brings it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    ceremony_id: String,
    /// JSON, made by a script.
    credential: String,
}

impl Answer {
    fn to_json(&self) -> Value {
        let credential: Value = serde_json::from_str(&self.credential).unwrap_or_default();
        json!({"ceremony_id": self.ceremony_id, "credential": credential})
    }
}

/// The visitor's passkeys.
pub(crate) async fn list(visit: &Visit) -> Result<Vec<Passkey>, Trouble> {
    #[derive(Deserialize)]
    struct List {
        items: Vec<Passkey>,
    }
    let reply = visit.send(|| visit.cinema.auth.get("/auth/api/v1/passkeys")).await;
    read(reply).map(|List { items }| items)
}

/// What to ask the browser, so that it makes a passkey.
pub(crate) async fn begin(visit: &Visit, password: &str) -> Result<Value, Trouble> {
    let body = json!({"password": typed(password)});
    let reply = visit.send(|| visit.cinema.auth.post("/auth/api/v1/passkeys/registration").json(&body));
    read(reply.await)
}

/// Adds the passkey that the browser made.
pub(crate) async fn add(visit: &Visit, answer: &Answer, name: Option<&str>) -> Result<(), Trouble> {
    let mut body = answer.to_json();
    body["name"] = name.into();
    let path = "/auth/api/v1/passkeys/registration/finish";
    succeed(visit.send(|| visit.cinema.auth.post(path).json(&body)).await).map(drop)
}

pub(crate) async fn remove(visit: &Visit, id: Uuid, password: &str) -> Result<(), Trouble> {
    let path = format!("/auth/api/v1/passkeys/{id}");
    let body = json!({"password": typed(password)});
    let reply = visit.send(|| visit.cinema.auth.call(Method::DELETE, &path).json(&body)).await;
    succeed(reply).map(drop)
}

/// What to ask the browser, so that it signs in.
pub(crate) async fn begin_sign_in(visit: &Visit) -> Result<Value, Trouble> {
    let call = visit.cinema.auth.post("/auth/api/v1/sessions/passkey").on_behalf(visit.as_guest());
    read(call.send().await)
}

/// Opens a session for a passkey's signature.
pub(crate) async fn sign_in(visit: &Visit, answer: &Answer) -> Result<Tokens, Trouble> {
    let call = visit.cinema.auth.post("/auth/api/v1/sessions/passkey/finish").on_behalf(visit.as_guest());
    read(call.json(&answer.to_json()).send().await)
}
