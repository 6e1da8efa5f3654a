//! `GET /auth/.well-known/jwks.json`: the keys that tokens are verified with (RFC 7517).

use axum::{extract::State, response::IntoResponse};
use http::header;

use crate::Auth;

#[utoipa::path(
    get,
    path = "/auth/.well-known/jwks.json",
    tag = "keys",
    responses((status = 200, description = "A JSON Web Key Set", body = serde_json::Value)),
)]
pub(crate) async fn jwks(State(auth): State<Auth>) -> impl IntoResponse {
    // Short, so that a key published ahead of its use is known everywhere in time.
    ([(header::CACHE_CONTROL, "public, max-age=60")], axum::Json(&*auth.keys.published())).into_response()
}
