//! `POST /mfa/totp/confirm`: a code shows that the app has the secret. From here on sign-ins ask for one.

use axum::extract::State;
use kino_http::{ClientAddress, Json, Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{RecoveryCodesResponse, already_set, not_set_up};
use crate::{
    Auth,
    audit::Action,
    reauthentication::wrong_code,
    second_factor::{Code, code_was_right},
    store::{totp, users},
};

/// What the app shows.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ConfirmRequest {
    #[schema(example = "123456")]
    code: String,
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/mfa/totp/confirm",
    tag = "mfa",
    request_body = ConfirmRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, shows the same codes")),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "Set up. The recovery codes are shown this once", body = RecoveryCodesResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 409, description = "`totp_not_set_up` or `totp_already_set`", body = ProblemBody),
        (status = 422, description = "`code` is `wrong`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn confirm(
    State(auth): State<Auth>,
    caller: Authenticated,
    ClientAddress(address): ClientAddress,
    Json(request): Json<ConfirmRequest>,
) -> Result<Json<RecoveryCodesResponse>, Problem> {
    let attempt = auth.code_attempt(caller.user_id, address).await?;
    let now = auth.clock.now();
    let tx = auth.database.begin().await?;
    let user = users::lock(&tx, caller.user_id, auth.clock.now()).await?.ok_or_else(require_token_problem)?;
    let pending = totp::find(&tx, user.id).await?.ok_or_else(not_set_up)?;
    if pending.confirmed_at.is_some() {
        return Err(already_set());
    }
    let code = Code::read(&request.code);
    let Some(step) = auth.open_secret(&pending)?.step_of(code.text(), now) else {
        tx.rollback().await?;
        attempt.failed().await?;
        return Err(wrong_code());
    };
    totp::confirm(&tx, user.id, step, now).await?;
    let recovery_codes = auth.make_recovery_codes(&tx, user.id).await?;
    let details = json!({"kind": "totp"});
    auth.note(&tx, Some(user.id), Action::SecondFactorSet, user.id, &details).await?;
    auth.commit(tx, &[]).await?;
    code_was_right(attempt).await;
    Ok(Json(RecoveryCodesResponse { recovery_codes }))
}
