//! `POST /admin/index/audit`: compares index and database now, and mends what differs.

use axum::extract::State;
use kino_http::{Json, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use crate::{Catalogue, upkeep::audit::AuditReport};

#[utoipa::path(
    post,
    path = "/async/api/v1/admin/index/audit",
    tag = "index",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "What differed; it has been indexed anew", body = AuditReport),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
    ),
)]
pub(crate) async fn audit(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
) -> Result<Json<AuditReport>, Problem> {
    Ok(Json(catalogue.audit().await?))
}
