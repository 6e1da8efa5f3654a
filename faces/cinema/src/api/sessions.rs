//! Where the account is signed in, and who has tried to.

use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{List, Trouble, read, succeed};
use crate::visit::Visit;

/// A device that is signed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Device {
    pub(crate) id: Uuid,
    pub(crate) user_agent: String,
    pub(crate) ip: String,
    pub(crate) last_seen_at: DateTime<Utc>,
    pub(crate) current: bool,
}

/// A sign-in, or an attempt at one.
#[derive(Debug, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) login_at: DateTime<Utc>,
    pub(crate) user_agent: String,
    pub(crate) ip: String,
    pub(crate) method: String,
    pub(crate) success: bool,
}

pub(crate) async fn devices(visit: &Visit) -> Result<Vec<Device>, Trouble> {
    let reply = visit.send(|| visit.cinema.auth.get("/auth/api/v1/sessions?page_size=100")).await;
    read(reply).map(|List { items, .. }| items)
}

pub(crate) async fn end(visit: &Visit, id: Uuid) -> Result<(), Trouble> {
    let path = format!("/auth/api/v1/sessions/{id}");
    succeed(visit.send(|| visit.cinema.auth.call(Method::DELETE, &path)).await).map(drop)
}

/// Ends all sessions but the visitor's.
pub(crate) async fn end_others(visit: &Visit) -> Result<(), Trouble> {
    let body = json!({"keep_current": true});
    let path = "/auth/api/v1/sessions/logout-all";
    succeed(visit.send(|| visit.cinema.auth.post(path).json(&body)).await).map(drop)
}

/// A page of the history, newest first.
pub(crate) async fn history(visit: &Visit, page: u64, size: u64) -> Result<List<SignIn>, Trouble> {
    let path = format!("/auth/api/v1/sessions/entry-history?page_number={page}&page_size={size}");
    read(visit.send(|| visit.cinema.auth.get(&path)).await)
}
