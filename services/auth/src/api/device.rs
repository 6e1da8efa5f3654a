//! What signs in, as far as the request tells.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use kino_domain::tidy;
use kino_http::ClientAddress;

use crate::store::Device;

/// Longer names of browsers are cut: they go into tokens.
const USER_AGENT_LONGEST: usize = 256;

/// The device of a request.
pub(crate) struct RequestDevice {
    pub(crate) device: Device,
    pub(crate) address: ClientAddress,
}

impl<S: Send + Sync> FromRequestParts<S> for RequestDevice {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let address = ClientAddress::from_request_parts(parts, state).await?;
        let user_agent = parts.headers.get(header::USER_AGENT).map_or_else(String::new, |value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            tidy(&text).chars().take(USER_AGENT_LONGEST).collect()
        });
        Ok(Self { device: Device { user_agent, ip: address.0.to_string() }, address })
    }
}
