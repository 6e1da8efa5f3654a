//! `POST /admin/index/rebuild`: builds the index anew, beside the one that goes on answering.

use axum::extract::State;
use http::StatusCode;
use kino_http::{Json, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use crate::{Catalogue, store::rebuilds::RebuildState, upkeep::request_rebuild};

#[utoipa::path(
    post,
    path = "/async/api/v1/admin/index/rebuild",
    tag = "index",
    security(("access_token" = [])),
    responses(
        (status = 202, description = "It waits or runs; `GET /admin/index` tells how far it is", body = RebuildState),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
    ),
)]
pub(crate) async fn rebuild(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
) -> Result<(StatusCode, Json<RebuildState>), Problem> {
    let state =
        request_rebuild(&catalogue.database, &catalogue.outbox, &catalogue.clock, &catalogue.entropy).await?;
    catalogue.outbox.wake();
    Ok((StatusCode::ACCEPTED, Json(state)))
}
