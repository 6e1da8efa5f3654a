//! Room for another password to be compared.

use axum::extract::FromRequestParts;
use http::request::Parts;
use kino_http::Problem;

use crate::Auth;

/// There is room. An attempt for which there is none is refused before anything of it is read: in a storm of sign-ins most
/// are, and everyone else waits for each refusal.
pub(crate) struct Room;

impl FromRequestParts<Auth> for Room {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, auth: &Auth) -> Result<Self, Problem> {
        auth.hashing.room().await?;
        Ok(Self)
    }
}
