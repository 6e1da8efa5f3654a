//! `/genres`: making, renaming and deleting genres.

mod change;
mod create;
mod delete;
mod draft;
mod edit;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Catalogue;

pub(super) fn creating() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new().routes(routes!(create::create))
}

pub(super) fn routes() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new()
        .routes(routes!(change::replace, change::patch, delete::delete))
        .routes(routes!(edit::edit))
}
