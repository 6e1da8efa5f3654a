//! `POST /sessions/refresh`: a refresh token is traded for a new pair.

use axum::extract::State;
use kino_http::{Json, Problem, ProblemBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    session::{SessionTokens, Traded},
};

/// The token to trade.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RefreshRequest {
    refresh_token: String,
}

fn reused() -> Problem {
    Problem::unauthorized(
        "refresh_reused",
        "Этот токен уже использован. Сеанс завершён; войдите снова.",
        "This token was used before. The session has been ended; sign in again.",
    )
}

fn gone() -> Problem {
    Problem::unauthorized(
        "token_revoked",
        "Сеанс завершён. Войдите снова.",
        "The session has ended. Sign in again.",
    )
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/sessions/refresh",
    tag = "sessions",
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "A new pair; the token shown is spent", body = SessionTokens),
        (status = 401, description = "`refresh_reused`, `token_revoked`, `token_expired` or `token_invalid`", body = ProblemBody),
    ),
)]
pub(crate) async fn refresh(
    State(auth): State<Auth>,
    Json(request): Json<RefreshRequest>,
) -> Result<Json<SessionTokens>, Problem> {
    let shown = auth.keys.check_refresh(request.refresh_token.trim(), auth.gate.policy())?;
    let ahead = auth.sign_ahead(&shown, auth.clock.now());
    let tx = auth.database.begin().await?;
    let now = auth.clock.now();
    let moment = ahead.as_ref().and_then(|ahead| ahead.moment(now)).unwrap_or(now);
    match auth.trade(&tx, &shown, moment).await? {
        Traded::For(pair) => auth.commit_and_sign(tx, &[], *pair, ahead).await.map(Json),
        Traded::Reused(event) => {
            auth.commit(tx, &[event]).await?;
            tracing::warn!(session = %shown.session_id, user = %shown.user_id, "a spent refresh token was shown");
            Err(reused())
        }
        Traded::Gone => Err(gone()),
    }
}
