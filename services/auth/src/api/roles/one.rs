//! `GET /roles/{code}`: one role.

use axum::extract::State;
use kino_http::{Json, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudRole};

use super::{
    no_such_role,
    view::{RoleResponse, with_users},
};
use crate::{Auth, role, store::roles};

#[utoipa::path(
    get,
    path = "/auth/api/v1/roles/{code}",
    tag = "roles",
    params(("code" = String, Path, example = "SUB_USER")),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The role", body = RoleResponse),
        (status = 403, description = "Needs CRUD_ROLE", body = ProblemBody),
        (status = 404, description = "`role_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn one(
    State(auth): State<Auth>,
    _: Authorized<CrudRole>,
    Path(code): Path<String>,
) -> Result<Json<RoleResponse>, Problem> {
    let code = role::code(&code).map_err(|_| no_such_role())?;
    let read = auth.database.read();
    let found = roles::find(read, &code).await?.into_iter().collect();
    with_users(&auth, read, found).await?.pop().map(Json).ok_or_else(no_such_role)
}
