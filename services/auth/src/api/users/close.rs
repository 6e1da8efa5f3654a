//! `DELETE /users/me`: closing one's account.

use axum::extract::State;
use http::StatusCode;
use kino_http::{ClientAddress, Json, Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{Auth, audit::Action, store::users};

/// Who closes an account shows once more that it is theirs.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct CloseRequest {
    /// Needed where the account has a password. Without one, sign in anew before closing it.
    #[schema(example = "correct horse battery")]
    password: Option<String>,
}

#[utoipa::path(
    delete,
    path = "/auth/api/v1/users/me",
    tag = "users",
    request_body = Option<CloseRequest>,
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Closed and erased in all services; its tokens are refused within a second, and its name and address are free"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 403, description = "`fresh_sign_in_required`: an account without a password is closed right after signing in", body = ProblemBody),
        (status = 409, description = "`last_administrator`", body = ProblemBody),
        (status = 422, description = "`password` is missing or wrong", body = ProblemBody),
        (status = 429, description = "`too_many_attempts`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn close(
    State(auth): State<Auth>,
    caller: Authenticated,
    from: ClientAddress,
    request: Option<Json<CloseRequest>>,
) -> Result<StatusCode, Problem> {
    let user = users::find(auth.database.read(), caller.user_id).await?.ok_or_else(require_token_problem)?;
    let shown = ("password", request.unwrap_or_default().0.password);
    auth.confirm_password(&caller, &user, shown, from.0).await?;

    let tx = auth.database.begin().await?;
    let user = auth.lock_unchanged(&tx, &user).await?;
    auth.spare_last_administrator(&tx, &user).await?;
    let erased = auth.erase(&tx, &user).await?;
    auth.note(&tx, Some(user.id), Action::AccountClosed, user.id, &json!({})).await?;
    auth.commit(tx, &erased).await?;
    Ok(StatusCode::NO_CONTENT)
}
