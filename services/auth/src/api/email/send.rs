//! `POST /email/verify/send`: the letter with the link once more.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use kino_http::{Problem, ProblemBody, RequestLanguage};
use kino_token::{Authenticated, require_token_problem};

use crate::{Auth, allowance::Allowance, letters::Kind, store::users};

const LETTERS: Allowance =
    Allowance { name: "verification_letters", times: 3, within: Duration::from_hours(1) };

fn already_verified() -> Problem {
    Problem::conflict("email_already_verified", "Адрес уже подтверждён.", "The address is verified already.")
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/email/verify/send",
    tag = "passwords",
    security(("access_token" = [])),
    responses(
        (status = 202, description = "A letter goes to the account's address; links of earlier ones open nothing any more"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 409, description = "`email_already_verified`", body = ProblemBody),
        (status = 429, description = "`too_many_requests`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn send(
    State(auth): State<Auth>,
    caller: Authenticated,
    RequestLanguage(language): RequestLanguage,
) -> Result<StatusCode, Problem> {
    let user = users::find(auth.database.read(), caller.user_id).await?.ok_or_else(require_token_problem)?;
    if user.email_verified {
        return Err(already_verified());
    }
    auth.allowances.spend_own(LETTERS, user.id).await?;
    let tx = auth.database.begin().await?;
    auth.write_to(&tx, &user, Kind::VerifyEmail, language).await?;
    tx.commit().await?;
    auth.post.wake();
    Ok(StatusCode::ACCEPTED)
}
