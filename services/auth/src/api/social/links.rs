//! `GET /social/links`: whom providers know the caller as.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_domain::Language;
use kino_http::{Json, Problem, ProblemBody, RequestLanguage};
use kino_token::Authenticated;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    store::{StoredIdentity, identities},
};

/// The links of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinksResponse {
    items: Vec<LinkResponse>,
}

/// An identity that signs in to the account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkResponse {
    #[schema(example = "yandex")]
    provider: String,
    /// The provider's name for people, in the caller's language.
    #[schema(example = "Яндекс ID")]
    title: String,
    /// The address that the provider told last.
    email: Option<String>,
    linked_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
}

impl LinkResponse {
    pub(super) fn new(identity: StoredIdentity, auth: &Auth, language: Language) -> Self {
        // A provider may have been taken out of the settings since.
        let title = auth.social.find(&identity.key.provider).map(|provider| provider.title(language));
        Self {
            title: title.unwrap_or_else(|_| identity.key.provider.clone()),
            provider: identity.key.provider,
            email: identity.email,
            linked_at: identity.linked_at,
            last_used_at: identity.last_used_at,
        }
    }
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/social/links",
    tag = "social",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The links, the oldest first", body = LinksResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
    ),
)]
pub(crate) async fn links(
    State(auth): State<Auth>,
    caller: Authenticated,
    RequestLanguage(language): RequestLanguage,
) -> Result<Json<LinksResponse>, Problem> {
    let linked = identities::of_user(auth.database.read(), caller.user_id).await?;
    let items = linked.into_iter().map(|identity| LinkResponse::new(identity, &auth, language)).collect();
    Ok(Json(LinksResponse { items }))
}
