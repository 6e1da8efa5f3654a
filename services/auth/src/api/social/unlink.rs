//! `DELETE /social/{provider}`: an identity signs in to the account no more.

use axum::extract::State;
use http::StatusCode;
use kino_http::{Path, Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};
use serde_json::json;

use crate::{
    Auth,
    audit::Action,
    store::{identities, users},
};

#[utoipa::path(
    delete,
    path = "/auth/api/v1/social/{provider}",
    tag = "social",
    params(("provider" = String, Path, example = "yandex")),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Unlinked"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 404, description = "`provider_not_found`", body = ProblemBody),
        (status = 409, description = "`last_way_in`", body = ProblemBody),
    ),
)]
pub(crate) async fn unlink(
    State(auth): State<Auth>,
    caller: Authenticated,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let tx = auth.database.begin().await?;
    let user = users::lock(&tx, caller.user_id, auth.clock.now()).await?.ok_or_else(require_token_problem)?;
    if !identities::remove(&tx, user.id, &name).await? {
        // Not linked: nothing to do, as after a first DELETE.
        return auth.social.find(&name).map(|_| StatusCode::NO_CONTENT);
    }
    auth.ensure_way_in(&tx, &user).await?;
    let details = json!({"provider": name});
    auth.note(&tx, Some(user.id), Action::IdentityUnlinked, user.id, &details).await?;
    auth.commit(tx, &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
