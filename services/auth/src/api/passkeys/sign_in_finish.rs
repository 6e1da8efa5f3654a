//! `POST /sessions/passkey/finish`: a session for a passkey's signature.

use axum::extract::State;
use kino_http::{Json, Problem, ProblemBody};
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::log_rejection;
use crate::{
    Auth,
    admission::Method,
    api::device::RequestDevice,
    audit::Action,
    ceremony::Ceremony,
    passkey::{Assertion, Rejection},
    session::SessionTokens,
    store::{Passkey, passkeys, users},
};

/// The browser's answer.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SignInRequest {
    /// As it was given when the ceremony began.
    ceremony_id: String,
    /// `credential.toJSON()` of what `navigator.credentials.get` gave.
    #[schema(value_type = Object)]
    credential: Assertion,
}

/// The same for whatever is wrong with the answer.
fn rejected() -> Problem {
    Problem::unauthorized(
        "passkey_rejected",
        "Ключ доступа не подошёл. Попробуйте ещё раз или войдите иначе.",
        "The passkey was not accepted. Try again, or sign in another way.",
    )
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/sessions/passkey/finish",
    tag = "passkeys",
    request_body = SignInRequest,
    responses(
        (status = 200, description = "Signed in. A passkey is two factors: no other is asked for", body = SessionTokens),
        (status = 401, description = "`passkey_rejected`", body = ProblemBody),
        (status = 403, description = "`account_blocked`", body = ProblemBody),
        (status = 404, description = "`ceremony_not_found`: five minutes are over, or it was finished before", body = ProblemBody),
        (status = 409, description = "`passkeys_unavailable`", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
        (status = 429, description = "`too_many_attempts`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn finish(
    State(auth): State<Auth>,
    RequestDevice { device, address }: RequestDevice,
    Json(request): Json<SignInRequest>,
) -> Result<Json<SessionTokens>, Problem> {
    let site = auth.passkey_site()?;
    let attempt = auth.guessing.attempt("passkey", address.0).await?;
    let state = auth.take_ceremony(Ceremony::SignIn, &request.ceremony_id).await?;
    let answer = request.credential;
    let said = passkeys::find_by_credential_unscoped(auth.database.read(), answer.credential_id()).await?;
    let said = said.ok_or_else(rejected)?;

    let tx = auth.database.begin().await?;
    let user = users::lock(&tx, said.user_id, auth.clock.now()).await?.ok_or_else(rejected)?;
    // Read again under the lock: of two uses at once the second is measured by the counter of the first.
    let passkey = passkeys::find(&tx, user.id, said.id).await?.ok_or_else(rejected)?;
    let credential = match site.finish_sign_in(&state, &answer, user.id, &passkey.credential) {
        Ok(credential) => credential,
        Err(rejection) => {
            auth.note_rejection(tx, &passkey, &rejection).await?;
            auth.note_failure(user.id, device, &Method::Passkey);
            return Err(rejected());
        }
    };
    passkeys::note_use(&tx, passkey.id, &credential, auth.clock.now()).await?;
    let entered = auth.enter(&tx, &user, device, &Method::Passkey).await?;
    let tokens = auth.welcome(tx, entered).await?;
    attempt.succeeded().await?;
    metrics::counter!("kino_auth_logins_total", "outcome" => "signed_in").increment(1);
    Ok(Json(tokens))
}

impl Auth {
    /// Puts it on record: a copy of a passkey is the owner's and the administrators' concern.
    async fn note_rejection(
        &self,
        tx: DatabaseTransaction,
        passkey: &Passkey,
        rejection: &Rejection,
    ) -> Result<(), Problem> {
        metrics::counter!("kino_auth_logins_total", "outcome" => "refused").increment(1);
        log_rejection(rejection);
        if let Rejection::Cloned = rejection {
            tracing::warn!(passkey = %passkey.id, user = %passkey.user_id, "a passkey seems to have a copy");
            let details = json!({"passkey": passkey.id});
            self.note(&tx, None, Action::PasskeyCloned, passkey.user_id, &details).await?;
            self.commit(tx, &[]).await?;
        }
        Ok(())
    }
}
