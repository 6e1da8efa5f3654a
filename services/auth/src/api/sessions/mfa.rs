//! `POST /sessions/mfa`: the code that was wanted besides the password, for a session.

use axum::extract::State;
use kino_http::{Json, Problem, ProblemBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    admission::Method,
    api::device::RequestDevice,
    second_factor::{Code, code_was_right, token_digest},
    session::SessionTokens,
    store::{mfa_challenges, users},
};

/// The answer to a challenge.
#[derive(Deserialize, ToSchema)]
pub(crate) struct MfaRequest {
    /// As `POST /sessions/login` gave it.
    mfa_token: String,
    /// Six digits of the authenticator app, or a recovery code.
    #[schema(example = "123456")]
    code: String,
}

/// The same for a token that never was, is spent, has expired, or was made void.
fn token_invalid() -> Problem {
    Problem::unauthorized(
        "mfa_token_invalid",
        "Время на ввод кода вышло, или было слишком много неверных кодов. Войдите снова.",
        "The time for the code is over, or there were too many wrong ones. Sign in again.",
    )
}

/// The same for a code that never was right and for one that was used before.
fn bad_code() -> Problem {
    metrics::counter!("kino_auth_logins_total", "outcome" => "refused").increment(1);
    Problem::unauthorized(
        "bad_code",
        "Неверный код, или им уже воспользовались. Дождитесь следующего.",
        "The code is wrong, or was used before. Wait for the next one.",
    )
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/sessions/mfa",
    tag = "sessions",
    request_body = MfaRequest,
    responses(
        (status = 200, description = "Signed in; token and code are spent", body = SessionTokens),
        (status = 401, description = "`bad_code`, or `mfa_token_invalid`: begin with the password again", body = ProblemBody),
        (status = 403, description = "`account_blocked`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn mfa(
    State(auth): State<Auth>,
    RequestDevice { device, address }: RequestDevice,
    Json(request): Json<MfaRequest>,
) -> Result<Json<SessionTokens>, Problem> {
    let (digest, now) = (token_digest(&request.mfa_token), auth.clock.now());
    let challenge = mfa_challenges::find_live(auth.database.read(), digest, now).await?;
    let user_id = challenge.ok_or_else(token_invalid)?.user_id;
    let attempt = auth.code_attempt(user_id, address.0).await?;

    let tx = auth.database.begin().await?;
    let user = users::lock(&tx, user_id, auth.clock.now()).await?.ok_or_else(token_invalid)?;
    // Asked again: another answer may have come first.
    let challenge = mfa_challenges::find_live(&tx, digest, now).await?.ok_or_else(token_invalid)?;
    let totp = auth.challenged_totp(&tx, &user, &challenge).await?.ok_or_else(token_invalid)?;
    let code = Code::read(&request.code);
    let method = Method::WithCode { first: challenge.method, code: code.kind };
    if !auth.spend_code(&tx, &totp, &code).await? {
        mfa_challenges::count_wrong(&tx, digest).await?;
        auth.commit(tx, &[]).await?;
        attempt.failed().await?;
        auth.note_failure(user.id, device, &method);
        return Err(bad_code());
    }
    mfa_challenges::remove(&tx, digest).await?;
    let entered = auth.enter(&tx, &user, device, &method).await?;
    let tokens = auth.welcome(tx, entered).await?;
    code_was_right(attempt).await;
    metrics::counter!("kino_auth_logins_total", "outcome" => "signed_in").increment(1);
    Ok(Json(tokens))
}
