//! The HTTP API: one file an endpoint. This file lists the routes and nothing else.

mod anonymous;
mod audit;
mod device;
mod email;
mod jwks;
mod mfa;
mod passkeys;
mod password;
mod roles;
mod room;
mod sessions;
mod social;
mod users;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use kino_http::{BearerToken, idempotent};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Auth;

/// The largest body, in bytes: the fields of the largest request, many times over. Anyone may send one.
const BODY_LIMIT: usize = 64 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(title = "Kinoservice: auth", description = "Accounts, sessions, tokens, roles.", license(name = "MIT")),
    modifiers(&BearerToken),
    tags(
        (name = "sessions", description = "Registering, signing in and out"),
        (name = "passkeys", description = "Signing in without a password"),
        (name = "mfa", description = "The second factor: an authenticator app and recovery codes"),
        (name = "social", description = "Signing in with VK ID, Yandex ID and other providers"),
        (name = "users", description = "Accounts and their roles"),
        (name = "roles", description = "What roles there are and what they allow"),
        (name = "passwords", description = "Forgotten passwords, and addresses to be verified: what letters are sent for"),
        (name = "audit", description = "Who did what to whom"),
        (name = "keys", description = "What others check callers with"),
    ),
    components(schemas(kino_http::ProblemBody)),
)]
struct Document;

/// The routes and their documentation.
pub(crate) fn router(auth: Auth) -> (Router, utoipa::openapi::OpenApi) {
    let (router, openapi) = routes(Some(&auth)).split_for_parts();
    (router.layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(auth), openapi)
}

pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    routes(None).into_openapi()
}

fn routes(auth: Option<&Auth>) -> OpenApiRouter<Auth> {
    let mut creating = OpenApiRouter::new()
        .merge(sessions::creating())
        .merge(roles::creating())
        .merge(passkeys::creating())
        .merge(mfa::creating());
    if let Some(auth) = auth {
        creating = creating.layer(middleware::from_fn_with_state(Arc::clone(&auth.cache), idempotent));
    }
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(creating)
        .merge(sessions::routes())
        .merge(passkeys::routes())
        .merge(mfa::routes())
        .merge(social::routes())
        .merge(users::routes())
        .merge(roles::routes())
        .merge(password::routes())
        .merge(email::routes())
        .routes(routes!(audit::audit))
        .routes(routes!(jwks::jwks))
        .routes(routes!(anonymous::anonymous))
}
