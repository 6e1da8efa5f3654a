//! `GET /users`: finding accounts.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_domain::{UserId, fold, tidy};
use kino_http::{FieldError, Fields, Json, Page, PageQuery, Problem, ProblemBody, Query};
use kino_token::{AssignRole, Authorized};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Auth,
    store::{
        User, roles,
        user_search::{self, UserFilter},
    },
};

/// No name and no address is longer.
const QUERY_LONGEST: usize = 254;

/// Which accounts are looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindQuery {
    /// What the user name or the e-mail address begins with, in any case; or an id.
    #[param(example = "anna")]
    query: Option<String>,
    /// A role that they have now.
    #[param(example = "SUB_USER")]
    role: Option<String>,
}

/// An account as those see it who manage accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserSummary {
    id: UserId,
    username: String,
    email: String,
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    /// The codes of the roles held now.
    roles: Vec<String>,
    /// Whether they are kept out.
    blocked: bool,
    /// Since when.
    blocked_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl UserSummary {
    pub(super) fn new(user: User, roles: Vec<String>) -> Self {
        Self {
            id: user.id,
            username: user.username,
            email: user.email,
            email_verified: user.email_verified,
            first_name: user.first_name,
            last_name: user.last_name,
            roles,
            blocked: user.blocked_at.is_some(),
            blocked_at: user.blocked_at,
            created_at: user.created_at,
        }
    }
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/users",
    tag = "users",
    params(FindQuery, PageQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "Accounts: by user name where `query` is given, else the newest first", body = Page<UserSummary>),
        (status = 403, description = "Needs ASSIGN_ROLE", body = ProblemBody),
        (status = 422, description = "`query` is too long, or there is no such `role`", body = ProblemBody),
    ),
)]
pub(crate) async fn find(
    State(auth): State<Auth>,
    _: Authorized<AssignRole>,
    Query(wish): Query<FindQuery>,
    page: PageQuery,
) -> Result<Json<Page<UserSummary>>, Problem> {
    let (read, now) = (auth.database.read(), auth.clock.now());
    let query = wish.query.map(|text| fold(&tidy(&text))).filter(|text| !text.is_empty());
    let role = wish.role.map(|code| tidy(&code)).filter(|code| !code.is_empty());
    let mut fields = Fields::new();
    if query.as_ref().is_some_and(|text| text.len() > QUERY_LONGEST) {
        fields.wrong(FieldError::new("query", "length", "Не более 254 знаков.", "At most 254 characters."));
    }
    if let Some(code) = &role
        && roles::find(read, code).await?.is_none()
    {
        fields.wrong(FieldError::new("role", "unknown", "Такой роли нет.", "There is no such role."));
    }
    fields.finish()?;

    let filter = UserFilter { query, role };
    let (users, total) = user_search::page(read, &filter, now, page.offset(), page.limit()).await?;
    let mut codes = user_search::role_codes(read, &users, now).await?;
    let summary = |user: User| {
        let roles = codes.remove(&user.id).unwrap_or_default();
        UserSummary::new(user, roles)
    };
    Ok(Json(page.page(users.into_iter().map(summary).collect(), total)))
}
