//! `POST /password/reset`: a new password for who reads the account's letters. All sessions end.

use axum::extract::State;
use http::StatusCode;
use kino_domain::{InvalidationReason, fold};
use kino_http::{Json, Problem, ProblemBody, RequestLanguage};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    Auth,
    audit::Action,
    letters::Kind,
    one_time::{Purpose, link_invalid},
    password::new_password,
    store::{User, identities, letters, one_time_tokens, passkeys, sessions, users},
};

/// The token of the link, and the password to be.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ResetPasswordRequest {
    /// From the link in the letter.
    token: String,
    /// 8 to 128 characters; not one of the passwords that everyone tries first.
    #[schema(example = "five green camels")]
    new_password: String,
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/password/reset",
    tag = "passwords",
    request_body = ResetPasswordRequest,
    responses(
        (status = 204, description = "Changed; all sessions have ended. The address counts as verified; if it was not before, passkeys and linked identities are gone"),
        (status = 422, description = "`link_invalid`: the link was used, or is too old, or there is a newer one; or the password is of a wrong `length`, `common` or `personal`, and the link is still good", body = ProblemBody),
        (status = 429, description = "`too_many_sign_ins`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn reset(
    State(auth): State<Auth>,
    RequestLanguage(language): RequestLanguage,
    Json(request): Json<ResetPasswordRequest>,
) -> Result<StatusCode, Problem> {
    let token = auth.find_token(&request.token, Purpose::ResetPassword).await?;
    let user = users::find(auth.database.read(), token.user_id).await?.ok_or_else(link_invalid)?;
    let password =
        new_password("new_password", request.new_password, &[&fold(&user.username), &fold(&user.email)])
            .map_err(|error| Problem::invalid(vec![error]))?;
    let hash = auth.hashing.hash(auth.hashing.place().await?, password).await?;

    let tx = auth.database.begin().await?;
    let user = auth.spend_token(&tx, &token).await?;
    users::set_password_hash(&tx, user.id, hash).await?;
    users::set_email_verified(&tx, user.id).await?;
    one_time_tokens::void(&tx, user.id, None).await?;
    letters::withdraw(&tx, Kind::ResetPassword, &fold(&user.email)).await?;
    sessions::end_all(&tx, user.id, None, auth.clock.now()).await?;
    auth.write_to(&tx, &user, Kind::PasswordChanged, language).await?;
    let mut events = vec![auth.invalidate_tokens(&tx, &user, InvalidationReason::SignedOut).await?];
    if !user.email_verified {
        // Whoever opened the account had not proven the address. If that was another, no way in of theirs stays.
        identities::remove_all(&tx, user.id).await?;
        passkeys::remove_all(&tx, user.id).await?;
        events.push(User { email_verified: true, ..user.clone() }.changed());
    }
    auth.note(&tx, Some(user.id), Action::PasswordReset, user.id, &json!({})).await?;
    auth.commit(tx, &events).await?;
    auth.post.wake();
    Ok(StatusCode::NO_CONTENT)
}
