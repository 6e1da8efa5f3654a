//! `PUT, DELETE /users/{id}/roles/{code}`: giving a role and taking it away.

use axum::extract::State;
use chrono::{DateTime, Datelike as _, SubsecRound as _, Utc};
use http::StatusCode;
use kino_domain::{InvalidationReason, UserId};
use kino_http::{FieldError, Json, Path, Problem, ProblemBody};
use kino_token::{AssignRole, Authorized, Claims};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    Auth,
    api::roles::{no_such_role, within_own},
    audit::Action,
    authority::{last_administrator, no_such_user},
    role::{self, ADMIN, MOST_ROLES},
    store::{User, roles, users},
};

/// RFC 3339 has no later year.
const LAST_YEAR: i32 = 9999;

/// Until when a role is given.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct GiveRoleRequest {
    /// When it lapses by itself; for good when left out.
    expires_at: Option<DateTime<Utc>>,
}

fn too_many_roles() -> Problem {
    Problem::conflict(
        "too_many_roles",
        format!("Ролей у одного пользователя не больше {MOST_ROLES}; сначала заберите другую."),
        format!("A user has at most {MOST_ROLES} roles; take another away first."),
    )
}

#[utoipa::path(
    put,
    path = "/auth/api/v1/users/{id}/roles/{code}",
    tag = "users",
    params(("id" = UserId, Path), ("code" = String, Path, example = "SUB_USER")),
    request_body = Option<GiveRoleRequest>,
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Given. Access tokens issued before are refused (`token_stale`) within a second"),
        (status = 403, description = "Needs ASSIGN_ROLE; `permission_beyond_own`: and all that the role allows", body = ProblemBody),
        (status = 404, description = "`user_not_found` or `role_not_found`", body = ProblemBody),
        (status = 409, description = "`last_administrator`: the only one cannot be one for a time; `too_many_roles`", body = ProblemBody),
        (status = 422, description = "`expires_at` is past", body = ProblemBody),
    ),
)]
pub(crate) async fn give(
    State(auth): State<Auth>,
    caller: Authorized<AssignRole>,
    Path((id, code)): Path<(UserId, String)>,
    request: Option<Json<GiveRoleRequest>>,
) -> Result<StatusCode, Problem> {
    let wish = request.map(|Json(wish)| wish).unwrap_or_default();
    let now = auth.clock.now();
    if wish.expires_at.is_some_and(|end| end.year() > LAST_YEAR) {
        let (ru, en) = ("Не позже 9999 года.", "Not after the year 9999.");
        return Err(Problem::invalid(vec![FieldError::new("expires_at", "out_of_range", ru, en)]));
    }
    if wish.expires_at.is_some_and(|end| end <= now) {
        let (ru, en) = ("Это время уже прошло.", "This time is past.");
        return Err(Problem::invalid(vec![FieldError::new("expires_at", "past", ru, en)]));
    }
    let tx = auth.database.begin().await?;
    let user = lock(&auth, &tx, &caller, id, &code).await?;
    let held = roles::held_by(&tx, id, now).await?;
    if held.len() >= MOST_ROLES && held.iter().all(|held| held.role.code != code) {
        return Err(too_many_roles());
    }
    // An administrator for a time is none for good: someone else must be.
    let lapses = code == ADMIN && wish.expires_at.is_some();
    if lapses && !roles::lock_and_ask_for_others(&tx, &code, id).await? {
        return Err(last_administrator());
    }
    roles::give(
        &tx,
        user.id,
        &code,
        wish.expires_at.map(|end| end.trunc_subsecs(6)),
        Some(caller.user_id),
        now,
    )
    .await?;
    let stale = auth.invalidate_tokens(&tx, &user, InvalidationReason::RightsChanged).await?;
    let details = json!({"role": code, "expires_at": wish.expires_at});
    auth.note(&tx, Some(caller.user_id), Action::RoleGiven, id, &details).await?;
    auth.commit(tx, &[stale]).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(
    delete,
    path = "/auth/api/v1/users/{id}/roles/{code}",
    tag = "users",
    params(("id" = UserId, Path), ("code" = String, Path, example = "SUB_USER")),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Taken away. Access tokens issued before are refused (`token_stale`) within a second"),
        (status = 403, description = "Needs ASSIGN_ROLE; `permission_beyond_own`: and all that the role allows", body = ProblemBody),
        (status = 404, description = "`user_not_found` or `role_not_found`", body = ProblemBody),
        (status = 409, description = "`last_administrator`", body = ProblemBody),
    ),
)]
pub(crate) async fn take(
    State(auth): State<Auth>,
    caller: Authorized<AssignRole>,
    Path((id, code)): Path<(UserId, String)>,
) -> Result<StatusCode, Problem> {
    let tx = auth.database.begin().await?;
    let user = lock(&auth, &tx, &caller, id, &code).await?;
    // The administrators must not all leave at once.
    let stays = code != ADMIN || roles::lock_and_ask_for_others(&tx, &code, id).await?;
    if !roles::take(&tx, user.id, &code).await? {
        // Not held: nothing to do, as after a first DELETE.
        return Ok(StatusCode::NO_CONTENT);
    }
    if !stays {
        return Err(last_administrator());
    }
    let stale = auth.invalidate_tokens(&tx, &user, InvalidationReason::RightsChanged).await?;
    auth.note(&tx, Some(caller.user_id), Action::RoleTaken, id, &json!({"role": code})).await?;
    auth.commit(tx, &[stale]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Locks the account; both it and the role must exist, and the role must be the caller's to hand on.
async fn lock(
    auth: &Auth,
    tx: &impl ConnectionTrait,
    caller: &Claims,
    id: UserId,
    code: &str,
) -> Result<User, Problem> {
    let code = role::code(code).map_err(|_| no_such_role())?;
    let role = roles::keep(tx, &code).await?.ok_or_else(no_such_role)?;
    within_own(caller, role::reach(&code, role.permissions))?;
    users::lock(tx, id, auth.clock.now()).await?.ok_or_else(no_such_user)
}
