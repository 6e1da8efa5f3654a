//! `GET /users/me`: the caller's own account.

use axum::extract::State;
use kino_http::{Json, Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};

use crate::{
    Auth,
    api::sessions::UserResponse,
    store::{roles, users},
};

#[utoipa::path(
    get,
    path = "/auth/api/v1/users/me",
    tag = "users",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The account", body = UserResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
    ),
)]
pub(crate) async fn me(
    State(auth): State<Auth>,
    caller: Authenticated,
) -> Result<Json<UserResponse>, Problem> {
    let read = auth.database.read();
    let user = users::find(read, caller.user_id).await?.ok_or_else(require_token_problem)?;
    let held = roles::held_by(read, user.id, auth.clock.now()).await?;
    let codes = held.into_iter().map(|held| held.role.code).collect();
    Ok(Json(UserResponse::new(user, codes)))
}
