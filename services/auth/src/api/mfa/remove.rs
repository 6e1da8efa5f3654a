//! `DELETE /mfa/totp`: sign-ins ask for no code any more.

use axum::extract::State;
use http::StatusCode;
use kino_http::{ClientAddress, Json, Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::not_set_up;
use crate::{
    Auth,
    audit::Action,
    store::{recovery_codes, totp, users},
};

/// What shows that the caller is the owner.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RemoveRequest {
    password: Option<String>,
    /// Of the app, or a recovery code: where the account has no password.
    code: Option<String>,
}

#[utoipa::path(
    delete,
    path = "/auth/api/v1/mfa/totp",
    tag = "mfa",
    request_body = RemoveRequest,
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Removed, and the recovery codes with it"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 409, description = "`totp_not_set_up`", body = ProblemBody),
        (status = 422, description = "`password` or `code` is `wrong` or `required`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn remove(
    State(auth): State<Auth>,
    caller: Authenticated,
    ClientAddress(address): ClientAddress,
    Json(request): Json<RemoveRequest>,
) -> Result<StatusCode, Problem> {
    let user = users::find(auth.database.read(), caller.user_id).await?.ok_or_else(require_token_problem)?;
    // Who took an unlocked phone has the app's codes, but not the password.
    let code = request.code.filter(|_| user.password_hash.is_none());
    let proof = auth.prove(&user, request.password, code.as_deref(), address).await?;

    let tx = auth.database.begin().await?;
    let user = auth.lock_unchanged(&tx, &user).await?;
    let totp = totp::find_confirmed(&tx, user.id).await?.ok_or_else(not_set_up)?;
    if !proof.holds(&auth, &tx, &totp).await? {
        tx.rollback().await?;
        return Err(proof.was_wrong().await);
    }
    totp::remove(&tx, user.id).await?;
    recovery_codes::remove_all(&tx, user.id).await?;
    let details = json!({"kind": "totp"});
    auth.note(&tx, Some(user.id), Action::SecondFactorRemoved, user.id, &details).await?;
    auth.commit(tx, &[]).await?;
    proof.was_right().await;
    Ok(StatusCode::NO_CONTENT)
}
