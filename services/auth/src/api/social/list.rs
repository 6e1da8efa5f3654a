//! `GET /social`: where one may sign in.

use axum::extract::State;
use kino_http::{Json, RequestLanguage};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Auth;

/// The providers of this site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProvidersResponse {
    items: Vec<ProviderResponse>,
}

/// Where one may sign in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderResponse {
    #[schema(example = "yandex")]
    name: String,
    /// For the button, in the caller's language.
    #[schema(example = "Яндекс ID")]
    title: String,
    /// Where a browser begins; takes `redirect_to`.
    #[schema(example = "https://cinema.example/auth/api/v1/social/yandex/login")]
    login_url: String,
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/social",
    tag = "social",
    responses((status = 200, description = "The providers, by name; none where none is set up", body = ProvidersResponse)),
)]
pub(crate) async fn list(
    State(auth): State<Auth>,
    RequestLanguage(language): RequestLanguage,
) -> Json<ProvidersResponse> {
    let items = auth.social.all().map(|provider| ProviderResponse {
        name: provider.name.clone(),
        title: provider.title(language),
        login_url: format!("{}/auth/api/v1/social/{}/login", auth.origin, provider.name),
    });
    Json(ProvidersResponse { items: items.collect() })
}
