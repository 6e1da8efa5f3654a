//! `GET /roles`: the roles there are.

use axum::extract::State;
use kino_http::{Json, Page, PageQuery, Problem, ProblemBody};
use kino_token::{Authorized, CrudRole};

use super::view::{RoleResponse, with_users};
use crate::{Auth, store::roles};

#[utoipa::path(
    get,
    path = "/auth/api/v1/roles",
    tag = "roles",
    params(PageQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "A page of roles, by code", body = Page<RoleResponse>),
        (status = 403, description = "Needs CRUD_ROLE", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(auth): State<Auth>,
    _: Authorized<CrudRole>,
    page: PageQuery,
) -> Result<Json<Page<RoleResponse>>, Problem> {
    let read = auth.database.read();
    let (all, total) = roles::page(read, page.offset(), page.limit()).await?;
    Ok(Json(page.page(with_users(&auth, read, all).await?, total)))
}
