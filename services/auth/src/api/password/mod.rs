//! `/password`: for who forgot theirs.

mod forgot;
mod reset;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Auth;

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::new().routes(routes!(forgot::forgot)).routes(routes!(reset::reset))
}
