//! `/email`: proving that an address is one's own.

mod send;
mod verify;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Auth;

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::new().routes(routes!(verify::verify)).routes(routes!(send::send))
}
