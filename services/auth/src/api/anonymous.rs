//! `GET /auth/.well-known/anonymous.json`: what visitors without a token may do.

use axum::{extract::State, response::IntoResponse};
use http::header;
use kino_domain::{Permission, PermissionSet};
use kino_http::{Json, Problem};
use kino_token::ANONYMOUS;
use serde::Serialize;
use utoipa::ToSchema;

use super::roles::no_such_role;
use crate::{Auth, store::roles};

/// The rights of visitors: the permissions of the role ANONYMOUS.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnonymousResponse {
    /// Grows with each change. The event `role.changed` carries it too: the higher one holds.
    #[schema(example = 1_790_000_000_000_000_i64)]
    version: i64,
    #[schema(value_type = Vec<Permission>)]
    permissions: PermissionSet,
}

#[utoipa::path(
    get,
    path = "/auth/.well-known/anonymous.json",
    tag = "keys",
    responses((status = 200, description = "What visitors may do", body = AnonymousResponse)),
)]
pub(crate) async fn anonymous(State(auth): State<Auth>) -> Result<impl IntoResponse, Problem> {
    let role = roles::find(auth.database.read(), ANONYMOUS).await?.ok_or_else(no_such_role)?;
    let response = AnonymousResponse { version: role.version, permissions: role.permissions };
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(response)))
}
