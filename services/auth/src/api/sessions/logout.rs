//! `POST /sessions/logout`: this session ends.

use axum::extract::State;
use http::StatusCode;
use kino_domain::AuthEvent;
use kino_http::{Problem, ProblemBody};
use kino_token::InSession;

use crate::{
    Auth,
    store::{sessions, users},
};

#[utoipa::path(
    post,
    path = "/auth/api/v1/sessions/logout",
    tag = "sessions",
    security(("access_token" = [])),
    responses(
        (status = 204, description = "The session has ended; its tokens are refused everywhere"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
    ),
)]
pub(crate) async fn logout(State(auth): State<Auth>, caller: InSession) -> Result<StatusCode, Problem> {
    let tx = auth.database.begin().await?;
    users::lock(&tx, caller.user_id, auth.clock.now()).await?;
    sessions::end(&tx, caller.session_id, auth.clock.now()).await?;
    let ended = AuthEvent::SessionRevoked { session_id: caller.session_id, user_id: caller.user_id };
    auth.commit(tx, &[ended]).await?;
    Ok(StatusCode::NO_CONTENT)
}
