//! `PUT /roles/{code}`: another name, another description, other permissions.

use axum::extract::State;
use kino_domain::{AuthEvent, Permission, PermissionSet};
use kino_http::{FieldError, Fields, Json, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudRole};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    no_such_role,
    view::{RoleResponse, with_users},
    within_own,
};
use crate::{
    Auth,
    audit::Action,
    role::{self, ADMIN, ESSENTIAL, Role},
    store::roles,
};

/// What a role is to be.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChangeRoleRequest {
    /// May be left out; else that of the address.
    #[schema(example = "EDITOR")]
    code: Option<String>,
    /// 1 to 100 characters.
    #[schema(example = "Editor")]
    name: String,
    /// At most 500 characters; none when left out.
    description: Option<String>,
    /// All that the role is to allow. The caller may add and remove only such as they have too.
    permissions: Vec<Permission>,
}

fn another_code() -> FieldError {
    let (ru, en) = ("Код роли не меняется.", "The code of a role does not change.");
    FieldError::new("code", "mismatch", ru, en)
}

fn locks_out() -> Problem {
    Problem::conflict(
        "administrator_needs_right",
        "У роли ADMIN не отнять CRUD_ROLE и ASSIGN_ROLE: вернуть их было бы некому.",
        "The role ADMIN keeps CRUD_ROLE and ASSIGN_ROLE: nobody could give them back.",
    )
}

#[utoipa::path(
    put,
    path = "/auth/api/v1/roles/{code}",
    tag = "roles",
    params(("code" = String, Path, example = "EDITOR")),
    request_body = ChangeRoleRequest,
    security(("access_token" = [])),
    responses(
        (
            status = 200,
            description = "Changed. Access tokens with the permissions of before are refused (`token_stale`) within a \
                second; those of ANONYMOUS are what visitors may do",
            body = RoleResponse,
        ),
        (status = 403, description = "Needs CRUD_ROLE; `permission_beyond_own`", body = ProblemBody),
        (status = 404, description = "`role_not_found`", body = ProblemBody),
        (status = 409, description = "`administrator_needs_right`", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn change(
    State(auth): State<Auth>,
    caller: Authorized<CrudRole>,
    Path(code): Path<String>,
    Json(request): Json<ChangeRoleRequest>,
) -> Result<Json<RoleResponse>, Problem> {
    let code = role::code(&code).map_err(|_| no_such_role())?;
    let mut fields = Fields::new();
    if request.code.is_some_and(|named| named.trim() != code) {
        fields.wrong(another_code());
    }
    let name = fields.check(role::name(&request.name));
    let description = fields.check(role::description(request.description.as_deref()));
    let permissions = fields.check(role::permissions(&code, &request.permissions));
    fields.finish()?;
    let (Some(name), Some(permissions)) = (name, permissions) else {
        return Err(Problem::internal(&"a checked field is missing"));
    };

    let tx = auth.database.begin().await?;
    let version = roles::next_version(&tx, auth.clock.now()).await?;
    let before = roles::find(&tx, &code).await?.ok_or_else(no_such_role)?;
    within_own(&caller, before.permissions.symmetric_difference(permissions))?;
    if code == ADMIN && !ESSENTIAL.into_iter().collect::<PermissionSet>().without(permissions).is_empty() {
        return Err(locks_out());
    }
    // With the same permissions tokens say what is so: they go on.
    let is_felt = permissions != before.permissions;
    let version = if is_felt { version } else { before.version };
    let after = Role { name, description: description.flatten(), permissions, version, ..before.clone() };
    roles::update(&tx, &after).await?;
    let changed = is_felt.then(|| AuthEvent::RoleChanged { code: code.clone(), version, permissions });
    let details = json!({"permissions": {"before": before.permissions, "after": permissions}});
    auth.note(&tx, Some(caller.user_id), Action::RoleChanged, &code, &details).await?;
    auth.commit(tx, changed.as_slice()).await?;
    let shown = with_users(&auth, auth.database.read(), vec![after]).await?.pop();
    shown.map(Json).ok_or_else(no_such_role)
}
