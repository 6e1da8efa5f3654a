//! `DELETE /roles/{code}`: a role that nobody has goes.

use axum::extract::State;
use http::StatusCode;
use kino_domain::{AuthEvent, PermissionSet};
use kino_http::{Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudRole};
use serde_json::json;

use super::{no_such_role, within_own};
use crate::{Auth, audit::Action, role, store::roles};

fn built_in() -> Problem {
    Problem::conflict(
        "role_built_in",
        "Эта роль встроенная; её нельзя удалить.",
        "This role is built in; it cannot be deleted.",
    )
}

fn in_use() -> Problem {
    Problem::conflict(
        "role_in_use",
        "Эта роль у кого-то есть; сначала заберите её.",
        "Someone has this role; take it away first.",
    )
}

#[utoipa::path(
    delete,
    path = "/auth/api/v1/roles/{code}",
    tag = "roles",
    params(("code" = String, Path, example = "EDITOR")),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Needs CRUD_ROLE; `permission_beyond_own`", body = ProblemBody),
        (status = 404, description = "`role_not_found`", body = ProblemBody),
        (status = 409, description = "`role_in_use` or `role_built_in`", body = ProblemBody),
    ),
)]
pub(crate) async fn delete(
    State(auth): State<Auth>,
    caller: Authorized<CrudRole>,
    Path(code): Path<String>,
) -> Result<StatusCode, Problem> {
    let code = role::code(&code).map_err(|_| no_such_role())?;
    let now = auth.clock.now();
    let tx = auth.database.begin().await?;
    let version = roles::next_version(&tx, now).await?;
    let role = roles::lock(&tx, &code).await?.ok_or_else(no_such_role)?;
    if role.built_in {
        return Err(built_in());
    }
    within_own(&caller, role.permissions)?;
    if !roles::count_holders(&tx, [code.as_str()], now).await?.is_empty() {
        return Err(in_use());
    }
    roles::delete(&tx, &code).await?;
    // A token may rest on it still: of an account that lost the role by its time, or closed.
    let permissions = PermissionSet::NONE;
    let deleted = AuthEvent::RoleChanged { code: code.clone(), version, permissions };
    auth.note(&tx, Some(caller.user_id), Action::RoleDeleted, &code, &json!({})).await?;
    auth.commit(tx, &[deleted]).await?;
    Ok(StatusCode::NO_CONTENT)
}
