//! `DELETE /users/{id}`: an account is erased by those who manage accounts.

use axum::extract::State;
use http::StatusCode;
use kino_domain::UserId;
use kino_http::{Path, Problem, ProblemBody};
use kino_token::{AssignRole, Authorized};
use serde_json::json;

use crate::{Auth, audit::Action};

fn cannot_delete_self() -> Problem {
    Problem::conflict(
        "cannot_delete_self",
        "Свою учётную запись закрывают запросом DELETE /users/me.",
        "Close your own account with DELETE /users/me.",
    )
}

#[utoipa::path(
    delete,
    path = "/auth/api/v1/users/{id}",
    tag = "users",
    params(("id" = UserId, Path)),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Erased in all services; its tokens are refused within a second, and its name and address are free"),
        (status = 403, description = "Needs ASSIGN_ROLE; `permission_beyond_own`: the account may more than the caller", body = ProblemBody),
        (status = 404, description = "`user_not_found`", body = ProblemBody),
        (status = 409, description = "`cannot_delete_self` or `last_administrator`", body = ProblemBody),
    ),
)]
pub(crate) async fn delete(
    State(auth): State<Auth>,
    caller: Authorized<AssignRole>,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    if id == caller.user_id {
        return Err(cannot_delete_self());
    }
    let tx = auth.database.begin().await?;
    let user = auth.lock_managed(&tx, &caller, id).await?;
    auth.spare_last_administrator(&tx, &user).await?;
    let erased = auth.erase(&tx, &user).await?;
    auth.note(&tx, Some(caller.user_id), Action::UserDeleted, id, &json!({})).await?;
    auth.commit(tx, &erased).await?;
    Ok(StatusCode::NO_CONTENT)
}
