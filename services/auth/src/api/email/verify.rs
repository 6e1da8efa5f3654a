//! `POST /email/verify`: the account's address is proven.

use axum::extract::State;
use http::StatusCode;
use kino_http::{Json, Problem, ProblemBody};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    one_time::Purpose,
    store::{User, users},
};

/// The token of the link.
#[derive(Deserialize, ToSchema)]
pub(crate) struct VerifyEmailRequest {
    /// From the link in the letter.
    token: String,
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/email/verify",
    tag = "passwords",
    request_body = VerifyEmailRequest,
    responses(
        (status = 204, description = "The address is verified"),
        (status = 422, description = "`link_invalid`: the link was used, or is too old, or there is a newer one, or the address has changed", body = ProblemBody),
    ),
)]
pub(crate) async fn verify(
    State(auth): State<Auth>,
    Json(request): Json<VerifyEmailRequest>,
) -> Result<StatusCode, Problem> {
    let token = auth.find_token(&request.token, Purpose::VerifyEmail).await?;
    let tx = auth.database.begin().await?;
    let user = auth.spend_token(&tx, &token).await?;
    users::set_email_verified(&tx, user.id).await?;
    auth.commit(tx, &[User { email_verified: true, ..user }.changed()]).await?;
    Ok(StatusCode::NO_CONTENT)
}
