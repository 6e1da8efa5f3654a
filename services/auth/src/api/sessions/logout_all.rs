//! `POST /sessions/logout-all`: all sessions of the account end, or all but this one.

use axum::extract::State;
use http::StatusCode;
use kino_domain::{AuthEvent, InvalidationReason};
use kino_http::{Json, Problem, ProblemBody};
use kino_token::InSession;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    store::{sessions, users},
};

/// What is to be kept.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct LogoutAllRequest {
    /// Whether this session goes on.
    #[serde(default)]
    keep_current: bool,
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/sessions/logout-all",
    tag = "sessions",
    request_body = Option<LogoutAllRequest>,
    security(("access_token" = [])),
    responses(
        (status = 204, description = "The sessions have ended; their tokens are refused everywhere"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
    ),
)]
pub(crate) async fn logout_all(
    State(auth): State<Auth>,
    caller: InSession,
    request: Option<Json<LogoutAllRequest>>,
) -> Result<StatusCode, Problem> {
    let wish = request.map(|Json(wish)| wish).unwrap_or_default();
    let keep = wish.keep_current.then_some(caller.session_id);

    let now = auth.clock.now();
    let tx = auth.database.begin().await?;
    let Some(user) = users::lock(&tx, caller.user_id, auth.clock.now()).await? else {
        return Err(kino_token::require_token_problem());
    };
    let ended = sessions::end_all(&tx, user.id, keep, now).await?;
    let events = if keep.is_some() {
        // Ended one by one: a bound on the time of issue would take the kept session's tokens too.
        ended
            .into_iter()
            .map(|session_id| AuthEvent::SessionRevoked { session_id, user_id: user.id })
            .collect()
    } else {
        vec![auth.invalidate_tokens(&tx, &user, InvalidationReason::SignedOut).await?]
    };
    auth.commit(tx, &events).await?;
    Ok(StatusCode::NO_CONTENT)
}
