//! Administration: films, genres and persons are made, changed and deleted by those who may (`CRUD_FILMS`).

mod films;
mod genres;
mod persons;
mod tag;

use std::sync::Arc;

use axum::{extract::DefaultBodyLimit, middleware};
use kino_http::idempotent;
use kino_token::{Authorized, CrudFilms};
use utoipa_axum::router::OpenApiRouter;

use crate::Catalogue;

/// The routes that create: safe to repeat with an `Idempotency-Key`. Without a catalogue for their documentation alone.
pub(super) fn creating(catalogue: Option<&Catalogue>) -> OpenApiRouter<Catalogue> {
    let single =
        OpenApiRouter::new().merge(films::creating()).merge(genres::creating()).merge(persons::creating());
    let many = films::creating_many();
    let Some(catalogue) = catalogue else { return single.merge(many) };
    let safe = |routes: OpenApiRouter<Catalogue>| {
        routes
            .layer(middleware::from_fn_with_state(Arc::clone(&catalogue.cache), idempotent))
            // Before a body is read: it may be a long one.
            .layer(middleware::from_extractor_with_state::<Authorized<CrudFilms>, _>(catalogue.clone()))
    };
    safe(single).merge(safe(many).layer(DefaultBodyLimit::max(films::LIMIT_OF_MANY)))
}

pub(super) fn routes() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new().merge(films::routes()).merge(genres::routes()).merge(persons::routes())
}
