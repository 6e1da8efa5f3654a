//! `/films`: making, changing, deleting and restoring films.

mod bulk;
mod change;
mod create;
mod delete;
mod edit;
mod patch;
mod problems;
mod references;
mod replace;
mod restore;
mod revision;
mod revisions;
mod view;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) use self::bulk::BODY_LIMIT as LIMIT_OF_MANY;
use crate::Catalogue;

pub(super) fn creating() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new().routes(routes!(create::create))
}

/// Takes more than other routes do.
pub(super) fn creating_many() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new().routes(routes!(bulk::bulk))
}

pub(super) fn routes() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new()
        .routes(routes!(replace::replace, patch::patch, delete::delete))
        .routes(routes!(edit::edit))
        .routes(routes!(revisions::revisions))
        .routes(routes!(revision::revision))
        .routes(routes!(restore::restore))
}
