//! `POST /passkeys/registration/finish`: keeps the passkey that the browser made.

use axum::extract::State;
use http::StatusCode;
use kino_domain::Language;
use kino_http::{Json, Problem, ProblemBody, RequestLanguage};
use kino_token::{Authenticated, require_token_problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{PasskeyResponse, log_rejection, registration::too_many};
use crate::{
    Auth,
    audit::Action,
    ceremony::Ceremony,
    passkey::{self, Attestation},
    store::{
        Passkey,
        passkeys::{self, InsertError},
        users,
    },
};

/// The browser's answer.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RegistrationRequest {
    /// As it was given when the ceremony began.
    ceremony_id: String,
    /// `credential.toJSON()` of what `navigator.credentials.create` gave.
    #[schema(value_type = Object)]
    credential: Attestation,
    /// What to call it, in 1 to 50 characters.
    #[schema(example = "My phone")]
    name: Option<String>,
}

impl From<InsertError> for Problem {
    fn from(error: InsertError) -> Self {
        match error {
            InsertError::Exists => Self::conflict(
                "passkey_exists",
                "Этот ключ доступа уже добавлен.",
                "This passkey has been added already.",
            ),
            InsertError::Database(error) => error.into(),
        }
    }
}

/// The same for whatever is wrong with the answer. No 401: it is not the token that is wrong.
fn rejected() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "passkey_rejected",
        "Ключ доступа не подошёл. Попробуйте ещё раз.",
        "The passkey was not accepted. Try again.",
    )
}

/// What a passkey is called whose owner does not say.
fn some_name(language: Language) -> &'static str {
    match language {
        Language::Ru => "Ключ доступа",
        Language::En => "Passkey",
    }
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/passkeys/registration/finish",
    tag = "passkeys",
    request_body = RegistrationRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, adds once")),
    security(("access_token" = [])),
    responses(
        (status = 201, description = "Added: it signs in from now on", body = PasskeyResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 404, description = "`ceremony_not_found`: five minutes are over, it was finished before, or is someone else's", body = ProblemBody),
        (status = 409, description = "`passkey_exists`, `too_many_passkeys` or `passkeys_unavailable`", body = ProblemBody),
        (status = 422, description = "`passkey_rejected`, or fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn finish(
    State(auth): State<Auth>,
    caller: Authenticated,
    RequestLanguage(language): RequestLanguage,
    Json(request): Json<RegistrationRequest>,
) -> Result<(StatusCode, Json<PasskeyResponse>), Problem> {
    let site = auth.passkey_site()?;
    let name = request.name.as_deref().unwrap_or(some_name(language));
    let name = passkey::name(name).map_err(|error| Problem::invalid(vec![error]))?;
    let ceremony = Ceremony::Registration(caller.user_id);
    let state = auth.take_ceremony(ceremony, &request.ceremony_id).await?;
    let credential = site.finish_registration(&state, &request.credential).map_err(|rejection| {
        log_rejection(&rejection);
        rejected()
    })?;

    let now = auth.clock.now();
    let passkey = Passkey {
        id: auth.entropy.uuid_v7(now),
        user_id: caller.user_id,
        name,
        credential,
        created_at: now,
        last_used_at: None,
    };
    let tx = auth.database.begin().await?;
    users::lock(&tx, caller.user_id, auth.clock.now()).await?.ok_or_else(require_token_problem)?;
    if passkeys::of_user(&tx, caller.user_id).await?.len() >= passkey::MOST {
        return Err(too_many());
    }
    passkeys::insert(&tx, &passkey).await?;
    let details = json!({"passkey": passkey.id});
    auth.note(&tx, Some(caller.user_id), Action::PasskeyAdded, caller.user_id, &details).await?;
    auth.commit(tx, &[]).await?;
    Ok((StatusCode::CREATED, Json(passkey.into())))
}
