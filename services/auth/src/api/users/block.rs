//! `POST /users/{id}/block, /unblock`: keeping an account out, and letting it in again.

use axum::extract::State;
use http::StatusCode;
use kino_domain::{InvalidationReason, UserId, tidy};
use kino_http::{FieldError, Json, Path, Problem, ProblemBody};
use kino_token::{AssignRole, Authorized};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    Auth,
    audit::Action,
    store::{blocking, sessions},
};

const REASON_LONGEST: usize = 500;

/// Why an account is blocked.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct BlockRequest {
    /// At most 500 characters, for others who manage accounts.
    #[schema(example = "Sells the account to many")]
    reason: Option<String>,
}

fn cannot_block_self() -> Problem {
    Problem::conflict("cannot_block_self", "Себя заблокировать нельзя.", "You cannot block yourself.")
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/users/{id}/block",
    tag = "users",
    params(("id" = UserId, Path)),
    request_body = Option<BlockRequest>,
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Blocked: all sessions have ended, their tokens are refused within a second, and signing in is answered 403 `account_blocked`"),
        (status = 403, description = "Needs ASSIGN_ROLE; `permission_beyond_own`: the account may more than the caller", body = ProblemBody),
        (status = 404, description = "`user_not_found`", body = ProblemBody),
        (status = 409, description = "`cannot_block_self` or `last_administrator`", body = ProblemBody),
        (status = 422, description = "`reason` is too long", body = ProblemBody),
    ),
)]
pub(crate) async fn block(
    State(auth): State<Auth>,
    caller: Authorized<AssignRole>,
    Path(id): Path<UserId>,
    request: Option<Json<BlockRequest>>,
) -> Result<StatusCode, Problem> {
    let Json(request) = request.unwrap_or_default();
    let reason = request.reason.as_deref().map(tidy).filter(|text| !text.is_empty());
    if reason.as_ref().is_some_and(|text| text.chars().count() > REASON_LONGEST) {
        let (ru, en) = ("Не более 500 знаков.", "At most 500 characters.");
        return Err(Problem::invalid(vec![FieldError::new("reason", "length", ru, en)]));
    }
    if id == caller.user_id {
        return Err(cannot_block_self());
    }
    let now = auth.clock.now();
    let tx = auth.database.begin().await?;
    let user = auth.lock_managed(&tx, &caller, id).await?;
    if user.blocked_at.is_some() {
        return Ok(StatusCode::NO_CONTENT);
    }
    auth.spare_last_administrator(&tx, &user).await?;
    blocking::block(&tx, id, reason, now).await?;
    sessions::end_all(&tx, id, None, now).await?;
    let refused = auth.invalidate_tokens(&tx, &user, InvalidationReason::SignedOut).await?;
    // The reason may tell of a person: it stays with the account, and goes with it.
    auth.note(&tx, Some(caller.user_id), Action::UserBlocked, id, &json!({})).await?;
    auth.commit(tx, &[refused]).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/users/{id}/unblock",
    tag = "users",
    params(("id" = UserId, Path)),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "May sign in again; the sessions of before stay ended"),
        (status = 403, description = "Needs ASSIGN_ROLE; `permission_beyond_own`", body = ProblemBody),
        (status = 404, description = "`user_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn unblock(
    State(auth): State<Auth>,
    caller: Authorized<AssignRole>,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let tx = auth.database.begin().await?;
    let user = auth.lock_managed(&tx, &caller, id).await?;
    if user.blocked_at.is_none() {
        return Ok(StatusCode::NO_CONTENT);
    }
    blocking::unblock(&tx, id).await?;
    auth.note(&tx, Some(caller.user_id), Action::UserUnblocked, id, &json!({})).await?;
    auth.commit(tx, &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
