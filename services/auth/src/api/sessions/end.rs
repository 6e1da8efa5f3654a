//! `DELETE /sessions/{id}`: a device is signed out from afar.

use axum::extract::State;
use http::StatusCode;
use kino_domain::{AuthEvent, SessionId};
use kino_http::{Path, Problem, ProblemBody};
use kino_token::Authenticated;

use crate::{
    Auth,
    store::{sessions, users},
};

fn no_such_session() -> Problem {
    Problem::not_found(
        "session_not_found",
        "Такого сеанса нет или он уже завершён.",
        "There is no such session, or it has ended.",
    )
}

#[utoipa::path(
    delete,
    path = "/auth/api/v1/sessions/{id}",
    tag = "sessions",
    params(("id" = SessionId, Path)),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "The session has ended; its tokens are refused everywhere"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 404, description = "`session_not_found`: none of the caller's own", body = ProblemBody),
    ),
)]
pub(crate) async fn end(
    State(auth): State<Auth>,
    caller: Authenticated,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    let now = auth.clock.now();
    let tx = auth.database.begin().await?;
    users::lock(&tx, caller.user_id, auth.clock.now()).await?;
    let session = sessions::find_live(&tx, caller.user_id, id, now).await?.ok_or_else(no_such_session)?;
    sessions::end(&tx, session.id, now).await?;
    let ended = AuthEvent::SessionRevoked { session_id: session.id, user_id: caller.user_id };
    auth.commit(tx, &[ended]).await?;
    Ok(StatusCode::NO_CONTENT)
}
