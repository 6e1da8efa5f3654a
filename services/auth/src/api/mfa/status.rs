//! `GET /mfa`: which second factor the caller's account has, and how many passkeys, which need none.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_http::{Json, Problem, ProblemBody};
use kino_token::Authenticated;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    store::{passkeys, recovery_codes, totp},
};

/// The second factor of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MfaStatus {
    /// Whether an authenticator app is set up and confirmed.
    totp: bool,
    /// Since when.
    since: Option<DateTime<Utc>>,
    /// How many recovery codes were not used yet.
    recovery_codes_left: u64,
    /// How many passkeys sign in to the account, without a code.
    passkeys: u64,
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/mfa",
    tag = "mfa",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The second factor", body = MfaStatus),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
    ),
)]
pub(crate) async fn status(
    State(auth): State<Auth>,
    caller: Authenticated,
) -> Result<Json<MfaStatus>, Problem> {
    let read = auth.database.read();
    let since = totp::find_confirmed(read, caller.user_id).await?.and_then(|totp| totp.confirmed_at);
    let recovery_codes_left = recovery_codes::count(read, caller.user_id).await?;
    let passkeys = passkeys::count(read, caller.user_id).await?;
    Ok(Json(MfaStatus { totp: since.is_some(), since, recovery_codes_left, passkeys }))
}
