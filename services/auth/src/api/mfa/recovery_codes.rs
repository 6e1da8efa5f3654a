//! `POST /mfa/recovery-codes`: ten new recovery codes; the old ones are void.

use axum::extract::State;
use kino_http::{ClientAddress, Json, Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{RecoveryCodesResponse, not_set_up};
use crate::{
    Auth,
    audit::Action,
    store::{totp, users},
};

/// What shows that the caller is the owner: one of the two.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RenewRequest {
    password: Option<String>,
    /// Of the app, or a recovery code.
    code: Option<String>,
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/mfa/recovery-codes",
    tag = "mfa",
    request_body = RenewRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, shows the same codes")),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The new codes, shown this once", body = RecoveryCodesResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 409, description = "`totp_not_set_up`", body = ProblemBody),
        (status = 422, description = "`password` or `code` is `wrong` or `required`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn renew(
    State(auth): State<Auth>,
    caller: Authenticated,
    ClientAddress(address): ClientAddress,
    Json(request): Json<RenewRequest>,
) -> Result<Json<RecoveryCodesResponse>, Problem> {
    let user = users::find(auth.database.read(), caller.user_id).await?.ok_or_else(require_token_problem)?;
    let proof = auth.prove(&user, request.password, request.code.as_deref(), address).await?;

    let tx = auth.database.begin().await?;
    let user = auth.lock_unchanged(&tx, &user).await?;
    let totp = totp::find_confirmed(&tx, user.id).await?.ok_or_else(not_set_up)?;
    if !proof.holds(&auth, &tx, &totp).await? {
        tx.rollback().await?;
        return Err(proof.was_wrong().await);
    }
    let recovery_codes = auth.make_recovery_codes(&tx, user.id).await?;
    auth.note(&tx, Some(user.id), Action::RecoveryCodesMade, user.id, &json!({})).await?;
    auth.commit(tx, &[]).await?;
    proof.was_right().await;
    Ok(Json(RecoveryCodesResponse { recovery_codes }))
}
