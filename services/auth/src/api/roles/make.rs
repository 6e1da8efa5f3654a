//! `POST /roles`: a new role.

use axum::extract::State;
use http::{HeaderName, StatusCode, header};
use kino_domain::{AuthEvent, Permission};
use kino_http::{Fields, Json, Problem, ProblemBody};
use kino_token::{Authorized, CrudRole};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{view::RoleResponse, within_own};
use crate::{
    Auth,
    audit::Action,
    role::{self, Role},
    store::roles,
};

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MakeRoleRequest {
    /// 2 to 40 of A-Z, 0-9 and `_`, beginning with a letter. It does not change.
    #[schema(example = "EDITOR")]
    code: String,
    /// 1 to 100 characters.
    #[schema(example = "Editor")]
    name: String,
    /// At most 500 characters.
    description: Option<String>,
    /// Only such as the caller has too.
    permissions: Vec<Permission>,
}

fn role_exists() -> Problem {
    Problem::conflict(
        "role_exists",
        "Роль с таким кодом уже есть; выберите другой.",
        "There is a role of this code already; choose another.",
    )
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/roles",
    tag = "roles",
    request_body = MakeRoleRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, makes one role")),
    security(("access_token" = [])),
    responses(
        (status = 201, description = "Made", body = RoleResponse, headers(("Location" = String, description = "Where it is"))),
        (status = 403, description = "Needs CRUD_ROLE; `permission_beyond_own`", body = ProblemBody),
        (status = 409, description = "`role_exists`", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn make(
    State(auth): State<Auth>,
    caller: Authorized<CrudRole>,
    Json(request): Json<MakeRoleRequest>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<RoleResponse>), Problem> {
    let mut fields = Fields::new();
    let code = fields.check(role::code(&request.code));
    let name = fields.check(role::name(&request.name));
    let description = fields.check(role::description(request.description.as_deref()));
    let permissions = fields.check(role::permissions(&request.code, &request.permissions));
    fields.finish()?;
    let (Some(code), Some(name), Some(permissions)) = (code, name, permissions) else {
        return Err(Problem::internal(&"a checked field is missing"));
    };
    within_own(&caller, permissions)?;

    let tx = auth.database.begin().await?;
    let version = roles::next_version(&tx, auth.clock.now()).await?;
    let role = Role { code, name, description: description.flatten(), permissions, built_in: false, version };
    if !roles::insert(&tx, &role).await? {
        return Err(role_exists());
    }
    let made = AuthEvent::RoleChanged { code: role.code.clone(), version, permissions };
    let details = json!({"permissions": permissions});
    auth.note(&tx, Some(caller.user_id), Action::RoleMade, &role.code, &details).await?;
    auth.commit(tx, &[made]).await?;
    let location = format!("/auth/api/v1/roles/{}", role.code);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(RoleResponse::new(None, role))))
}
