//! `/passkeys` and `/sessions/passkey`: making passkeys, signing in with them, looking after them.

mod list;
mod registration;
mod registration_finish;
mod remove;
mod rename;
mod sign_in;
mod sign_in_finish;

use chrono::{DateTime, Utc};
use kino_http::Problem;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    Auth,
    passkey::{Rejection, RelyingParty},
    store::Passkey,
};

/// The routes that create: safe to repeat with an `Idempotency-Key`.
pub(crate) fn creating() -> OpenApiRouter<Auth> {
    OpenApiRouter::new().routes(routes!(registration_finish::finish))
}

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::new()
        .routes(routes!(registration::begin))
        .routes(routes!(list::list))
        .routes(routes!(rename::rename, remove::remove))
        .routes(routes!(sign_in::begin))
        .routes(routes!(sign_in_finish::finish))
}

/// A ceremony that began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CeremonyResponse {
    /// Comes back with the browser's answer, once and within five minutes.
    #[schema(example = "p0lq2cDZ1pNfPTIJ5ewqPA")]
    ceremony_id: String,
    /// What the browser is asked, in the JSON of WebAuthn: for `PublicKeyCredential.parseCreationOptionsFromJSON` or
    /// `parseRequestOptionsFromJSON`.
    #[schema(value_type = Object)]
    options: Value,
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasskeyResponse {
    id: Uuid,
    #[schema(example = "My phone")]
    name: String,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

impl From<Passkey> for PasskeyResponse {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
        }
    }
}

impl Auth {
    fn passkey_site(&self) -> Result<&RelyingParty, Problem> {
        self.passkey_site.as_ref().ok_or_else(|| {
            Problem::conflict(
                "passkeys_unavailable",
                "Ключи доступа здесь не работают: сайту нужен адрес с именем и HTTPS (настройка public_url).",
                "Passkeys do not work here: the site needs an address with a name and HTTPS (the setting public_url).",
            )
        })
    }
}

fn no_such_passkey() -> Problem {
    Problem::not_found("passkey_not_found", "Такого ключа доступа нет.", "There is no such passkey.")
}

/// What is wrong with a browser's answer, the log is told, and nobody else.
fn log_rejection(rejection: &Rejection) {
    tracing::info!(%rejection, "a passkey was rejected");
}
