//! `GET /users/{id}/has-permission`: whether an account's roles allow something now.

use axum::extract::State;
use kino_domain::{Permission, PermissionSet, UserId};
use kino_http::{FieldError, Json, Path, Problem, ProblemBody, Query};
use kino_token::{AssignRole, Authenticated, Right as _};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Auth,
    authority::no_such_user,
    role,
    store::{roles, users},
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HasPermissionQuery {
    /// The codes, parted by commas; the parameter may repeat.
    #[serde(default)]
    #[param(required = true, example = json!(["CRUD_FILMS,PAID_FILMS"]))]
    permission: Vec<String>,
}

/// Whether all of them are allowed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HasPermissionResponse {
    has_permission: bool,
    /// Those that are not.
    #[schema(value_type = Vec<Permission>)]
    missing: PermissionSet,
}

fn not_yours() -> Problem {
    let code = AssignRole::PERMISSION.code();
    Problem::forbidden(
        "permission_denied",
        format!("О других можно узнать с правом {code}."),
        format!("To ask about others needs the permission {code}."),
    )
}

/// The permissions that were asked about.
fn asked(permission: &[String]) -> Result<PermissionSet, Problem> {
    let codes = permission.iter().flat_map(|codes| codes.split(',')).map(str::trim);
    let codes: Vec<_> = codes.filter(|code| !code.is_empty()).collect();
    if codes.is_empty() {
        let (ru, en) = ("Назовите хотя бы одно право.", "Name at least one permission.");
        return Err(Problem::invalid(vec![FieldError::new("permission", "required", ru, en)]));
    }
    codes.into_iter().map(str::parse::<Permission>).collect::<Result<_, _>>().map_err(|_| {
        let (ru, en) = ("Такого права нет.", "There is no such permission.");
        Problem::invalid(vec![FieldError::new("permission", "unknown", ru, en)])
    })
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/users/{id}/has-permission",
    tag = "users",
    params(("id" = UserId, Path), HasPermissionQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "By the roles that are in force now; a blocked account has no permission", body = HasPermissionResponse),
        (status = 403, description = "Another's account needs ASSIGN_ROLE", body = ProblemBody),
        (status = 404, description = "`user_not_found`", body = ProblemBody),
        (status = 422, description = "A permission is unknown, or none was named", body = ProblemBody),
    ),
)]
pub(crate) async fn has_permission(
    State(auth): State<Auth>,
    caller: Authenticated,
    Path(id): Path<UserId>,
    Query(query): Query<HasPermissionQuery>,
) -> Result<Json<HasPermissionResponse>, Problem> {
    if caller.user_id != id && !caller.permissions.contains(AssignRole::PERMISSION) {
        return Err(not_yours());
    }
    let asked = asked(&query.permission)?;
    let read = auth.database.read();
    let user = users::find(read, id).await?.ok_or_else(no_such_user)?;
    let allowed = if user.blocked_at.is_some() {
        PermissionSet::NONE
    } else {
        let held = roles::held_by(read, id, auth.clock.now()).await?;
        role::combine(held.iter().map(|held| &held.role)).1
    };
    let missing = asked.without(allowed);
    Ok(Json(HasPermissionResponse { has_permission: missing.is_empty(), missing }))
}
