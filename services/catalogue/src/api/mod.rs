//! The HTTP API: one file an endpoint or resource. This file lists the routes and nothing else.

mod editing;
mod facet_views;
mod film_detail;
mod film_filter;
mod film_paging;
mod film_poster;
mod film_similar;
mod film_views;
mod films_list;
mod films_search;
mod genres;
mod index;
mod persons;
mod suggest;

use axum::Router;
use kino_http::BearerToken;
use tower_http::compression::{CompressionLayer, predicate::SizeAbove};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Catalogue;

#[derive(OpenApi)]
#[openapi(
    info(title = "Kinoservice: movies", description = "Films, genres, persons.", license(name = "MIT")),
    modifiers(&BearerToken),
    tags(
        (name = "films", description = "Browsing, searching and opening films"),
        (name = "genres", description = "Genres"),
        (name = "persons", description = "People who make films"),
        (name = "administration", description = "Making, changing, deleting and restoring films, genres and persons"),
        (name = "index", description = "The search index, for those who run the cinema"),
    ),
    components(schemas(kino_http::ProblemBody)),
)]
struct Document;

/// Shorter answers fit into one packet as they are, in bytes.
const GZIP_FROM: u64 = 1024;

/// The routes and their documentation.
pub(crate) fn router(catalogue: Catalogue) -> (Router, utoipa::openapi::OpenApi) {
    let (router, openapi) = routes(Some(&catalogue)).split_for_parts();
    (router.with_state(catalogue), openapi)
}

pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    routes(None).into_openapi()
}

fn routes(catalogue: Option<&Catalogue>) -> OpenApiRouter<Catalogue> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(editing::creating(catalogue))
        .merge(editing::routes())
        .merge(lists())
        // A film's detail is packed once, when it is built; a poster is small.
        .routes(routes!(film_detail::detail))
        .routes(routes!(film_poster::poster))
        .merge(index::routes())
}

/// What is packed as it goes out, for those who take it. Nothing secret stands beside what a caller typed.
fn lists() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new()
        .routes(routes!(films_list::list))
        .routes(routes!(films_search::search))
        .routes(routes!(film_similar::similar))
        .routes(routes!(suggest::suggest))
        .routes(routes!(genres::list))
        .routes(routes!(genres::detail))
        .routes(routes!(persons::list))
        .routes(routes!(persons::search))
        .routes(routes!(persons::detail))
        .routes(routes!(persons::films))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(GZIP_FROM)))
}
