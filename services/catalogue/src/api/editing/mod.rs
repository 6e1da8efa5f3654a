//! Administration: films, genres and persons are made, changed and deleted by those who may (`CRUD_FILMS`).

mod films;
mod genres;
mod persons;
mod tag;

use utoipa_axum::router::OpenApiRouter;

use crate::Catalogue;

/// The routes that create: safe to repeat with an `Idempotency-Key`.
pub(super) fn creating() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new().merge(films::creating()).merge(genres::creating()).merge(persons::creating())
}

pub(super) fn routes() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new().merge(films::routes()).merge(genres::routes()).merge(persons::routes())
}
