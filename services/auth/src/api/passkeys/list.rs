//! `GET /passkeys`: the caller's passkeys.

use axum::extract::State;
use kino_http::{Json, Problem, ProblemBody};
use kino_token::Authenticated;
use serde::Serialize;
use utoipa::ToSchema;

use super::PasskeyResponse;
use crate::{Auth, store::passkeys};

/// All passkeys of an account: 20 at most, so not in pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasskeysResponse {
    items: Vec<PasskeyResponse>,
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/passkeys",
    tag = "passkeys",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The passkeys, the oldest first", body = PasskeysResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(auth): State<Auth>,
    caller: Authenticated,
) -> Result<Json<PasskeysResponse>, Problem> {
    let passkeys = passkeys::of_user(auth.database.read(), caller.user_id).await?;
    Ok(Json(PasskeysResponse { items: passkeys.into_iter().map(PasskeyResponse::from).collect() }))
}
