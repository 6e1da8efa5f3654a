//! `GET /users/{id}`: an account in full.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_domain::{Language, UserId};
use kino_http::{Json, Path, Problem, ProblemBody};
use kino_token::{AssignRole, Authorized};
use serde::Serialize;
use utoipa::ToSchema;

use super::find::UserSummary;
use crate::{
    Auth,
    authority::no_such_user,
    store::{
        Gender,
        roles::{self, Grant},
        users,
    },
};

/// An account in full, for those who manage accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserDetails {
    #[serde(flatten)]
    summary: UserSummary,
    gender: Option<Gender>,
    timezone: Option<String>,
    language: Option<Language>,
    /// Why they are kept out, as whoever blocked them put it.
    block_reason: Option<String>,
    /// The roles that were given and not taken away, those that have lapsed too.
    grants: Vec<GrantResponse>,
}

/// A role that was given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantResponse {
    #[schema(example = "SUB_USER")]
    code: String,
    given_at: DateTime<Utc>,
    /// Who gave it; none for the service itself and its command line.
    given_by: Option<UserId>,
    /// When it lapses by itself; none for one given for good.
    expires_at: Option<DateTime<Utc>>,
}

impl From<Grant> for GrantResponse {
    fn from(grant: Grant) -> Self {
        let Grant { code, given_at, given_by, expires_at } = grant;
        Self { code, given_at, given_by, expires_at }
    }
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/users/{id}",
    tag = "users",
    params(("id" = UserId, Path)),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The account", body = UserDetails),
        (status = 403, description = "Needs ASSIGN_ROLE", body = ProblemBody),
        (status = 404, description = "`user_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn details(
    State(auth): State<Auth>,
    _: Authorized<AssignRole>,
    Path(id): Path<UserId>,
) -> Result<Json<UserDetails>, Problem> {
    let (read, now) = (auth.database.read(), auth.clock.now());
    let user = users::find(read, id).await?.ok_or_else(no_such_user)?;
    let grants = roles::grants(read, id).await?;
    let is_held = |grant: &&Grant| grant.expires_at.is_none_or(|end| end > now);
    let held = grants.iter().filter(is_held).map(|grant| grant.code.clone()).collect();
    Ok(Json(UserDetails {
        gender: user.gender,
        timezone: user.timezone.clone(),
        language: user.language,
        block_reason: user.block_reason.clone(),
        grants: grants.into_iter().map(GrantResponse::from).collect(),
        summary: UserSummary::new(user, held),
    }))
}
