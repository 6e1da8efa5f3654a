//! `GET /audit`: who did what to whom.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_domain::{UserId, tidy};
use kino_http::{FieldError, Fields, Json, Page, PageQuery, Problem, ProblemBody, Query};
use kino_token::{Authorized, CrudRole};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Auth,
    audit::Action,
    store::audit::{self, Entry, EntryFilter},
};

/// No id and no code is longer.
const TARGET_LONGEST: usize = 254;

/// Which entries are looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// The account that did it.
    actor: Option<UserId>,
    /// What was done.
    #[param(example = "role.given")]
    action: Option<String>,
    /// What it was done to: an account's id, a role's code, ...
    target: Option<String>,
    /// At this moment or later.
    since: Option<DateTime<Utc>>,
    /// Before this moment.
    until: Option<DateTime<Utc>>,
    /// The `next_cursor` of the page before: entries that are added meanwhile move nothing.
    #[param(minimum = 1)]
    cursor: Option<i64>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    #[serde(flatten)]
    page: Page<EntryResponse>,
    /// The `cursor` of the next page; none on the last.
    next_cursor: Option<i64>,
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryResponse {
    /// From 1, without gaps.
    position: i64,
    at: DateTime<Utc>,
    /// Who did it; none for the service itself and its command line.
    actor: Option<UserId>,
    #[schema(example = "role.given")]
    action: String,
    /// What it was done to: an account's id, a role's code, ...
    target: String,
    /// What else there is to tell; never personal data.
    #[schema(value_type = Object, example = json!({"role": "SUB_USER", "expires_at": null}))]
    details: Value,
}

impl From<Entry> for EntryResponse {
    fn from(entry: Entry) -> Self {
        let Entry { position, at, actor, action, target, details } = entry;
        // A text that is no JSON was put there by someone else; it is shown as it is.
        let details = serde_json::from_str(&details).unwrap_or(Value::String(details));
        Self { position, at, actor, action, target, details }
    }
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/audit",
    tag = "audit",
    params(AuditQuery, PageQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "Entries, newest first", body = AuditPage),
        (status = 403, description = "Needs CRUD_ROLE", body = ProblemBody),
        (status = 422, description = "A filter is no id, no moment, or no action there is", body = ProblemBody),
    ),
)]
pub(crate) async fn audit(
    State(auth): State<Auth>,
    _: Authorized<CrudRole>,
    Query(wish): Query<AuditQuery>,
    page: PageQuery,
) -> Result<Json<AuditPage>, Problem> {
    let mut fields = Fields::new();
    let action = wish.action.as_deref().and_then(|code| fields.check(known(code)));
    let target = wish.target.as_deref().map(tidy);
    if target.as_ref().is_some_and(|target| target.len() > TARGET_LONGEST) {
        fields.wrong(FieldError::new("target", "length", "Не более 254 знаков.", "At most 254 characters."));
    }
    fields.finish()?;

    let filter = EntryFilter {
        actor: wish.actor,
        action: action.map(Action::code),
        target,
        since: wish.since,
        until: wish.until,
    };
    let read = auth.database.read();
    let (entries, total) = audit::page(read, &filter, wish.cursor, page.offset(), page.limit()).await?;
    let is_full = entries.len() as u64 == page.limit();
    let next_cursor = entries.last().map(|entry| entry.position).filter(|position| is_full && *position > 1);
    let items = entries.into_iter().map(EntryResponse::from).collect();
    Ok(Json(AuditPage { page: page.page(items, total), next_cursor }))
}

fn known(code: &str) -> Result<Action, FieldError> {
    Action::of_code(code).ok_or_else(|| {
        FieldError::new("action", "unknown", "Такого действия нет.", "There is no such action.")
    })
}
