//! `POST /users/me/password`: a new password; the other sessions end.

use axum::extract::State;
use http::StatusCode;
use kino_domain::{AuthEvent, fold};
use kino_http::{ClientAddress, Json, Problem, ProblemBody, RequestLanguage};
use kino_token::{Authenticated, require_token_problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    Auth,
    audit::Action,
    letters::Kind,
    one_time::Purpose,
    password::new_password,
    store::{one_time_tokens, sessions, users},
};

/// The password that is, and the one to be.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChangePasswordRequest {
    /// An account that has none (it signs in elsewhere) leaves it out.
    #[schema(example = "correct horse battery")]
    current_password: Option<String>,
    /// 8 to 128 characters; not one of the passwords that everyone tries first.
    #[schema(example = "five green camels")]
    new_password: String,
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/users/me/password",
    tag = "users",
    request_body = ChangePasswordRequest,
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Changed. This session goes on; the others have ended, and their tokens are refused everywhere"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 403, description = "`fresh_sign_in_required`: an account without a password shows a token from a sign-in, not from a refresh", body = ProblemBody),
        (status = 409, description = "`password_changed`: elsewhere, at the same time", body = ProblemBody),
        (status = 422, description = "`current_password` is `wrong`, or `new_password` is of a wrong `length`, `common` or `personal`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts` or `too_many_sign_ins`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn change(
    State(auth): State<Auth>,
    caller: Authenticated,
    source: ClientAddress,
    RequestLanguage(language): RequestLanguage,
    Json(request): Json<ChangePasswordRequest>,
) -> Result<StatusCode, Problem> {
    let user = users::find(auth.database.read(), caller.user_id).await?.ok_or_else(require_token_problem)?;
    let new_password =
        new_password("new_password", request.new_password, &[&fold(&user.username), &fold(&user.email)])
            .map_err(|error| Problem::invalid(vec![error]))?;
    auth.confirm_password(&caller, &user, ("current_password", request.current_password), source.0).await?;
    let hash = auth.hashing.hash(auth.hashing.place().await?, new_password).await?;

    let tx = auth.database.begin().await?;
    let user = auth.lock_unchanged(&tx, &user).await?;
    users::set_password_hash(&tx, user.id, hash).await?;
    one_time_tokens::void(&tx, user.id, Some(Purpose::ResetPassword)).await?;
    auth.write_to(&tx, &user, Kind::PasswordChanged, language).await?;
    let ended = sessions::end_all(&tx, user.id, Some(caller.session_id), auth.clock.now()).await?;
    auth.note(&tx, Some(user.id), Action::PasswordChanged, user.id, &json!({})).await?;
    // One by one: a bound on the time of issue would take this session's tokens too.
    let events: Vec<_> = ended
        .into_iter()
        .map(|session_id| AuthEvent::SessionRevoked { session_id, user_id: user.id })
        .collect();
    auth.commit(tx, &events).await?;
    auth.post.wake();
    Ok(StatusCode::NO_CONTENT)
}
