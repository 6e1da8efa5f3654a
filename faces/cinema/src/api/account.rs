//! The visitor's own account: the profile, what is kept of them, and its end.

use axum::response::Response;
use http::Method;
use kino_domain::Language;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Trouble, given, read, refused, succeed, typed, unavailable};
use crate::visit::Visit;

const PATH: &str = "/auth/api/v1/users/me";

/// The account as its owner sees it.
#[derive(Debug, Deserialize)]
pub(crate) struct Profile {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) timezone: Option<String>,
    pub(crate) language: Option<Language>,
    pub(crate) roles: Vec<String>,
}

/// The profile as it is to be, as the form of a page brings it. What is left empty is cleared.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Changes {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) current_password: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) timezone: String,
    pub(crate) language: String,
}

impl Changes {
    fn to_json(&self) -> Value {
        json!({
            "username": self.username.trim(),
            "email": self.email.trim(),
            "current_password": typed(&self.current_password),
            "first_name": given(&self.first_name),
            "last_name": given(&self.last_name),
            "timezone": given(&self.timezone),
            "language": given(&self.language),
        })
    }
}

pub(crate) async fn profile(visit: &Visit) -> Result<Profile, Trouble> {
    read(visit.send(|| visit.cinema.auth.get(PATH)).await)
}

pub(crate) async fn change(visit: &Visit, changes: &Changes) -> Result<(), Trouble> {
    let body = changes.to_json();
    succeed(visit.send(|| visit.cinema.auth.call(Method::PATCH, PATH).json(&body)).await).map(drop)
}

/// Erases the account.
pub(crate) async fn close(visit: &Visit, password: &str) -> Result<(), Trouble> {
    let body = json!({"password": typed(password)});
    succeed(visit.send(|| visit.cinema.auth.call(Method::DELETE, PATH).json(&body)).await).map(drop)
}

/// All that is kept of the visitor, as it comes: it may be long.
pub(crate) async fn export(visit: &Visit) -> Result<Response, Trouble> {
    match visit.open(visit.cinema.auth.get("/auth/api/v1/users/me/export")).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(reply)) => Err(refused(&reply)),
        Err(error) => Err(unavailable(&error)),
    }
}
