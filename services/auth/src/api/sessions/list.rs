//! `GET /sessions`: where the account is signed in.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_domain::SessionId;
use kino_http::{Json, Page, PageQuery, Problem, ProblemBody};
use kino_token::Authenticated;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    store::{Session, sessions},
    user_agent::DeviceType,
};

/// A device that is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceResponse {
    /// The session.
    id: SessionId,
    /// What the device calls itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    user_agent: String,
    device_type: DeviceType,
    /// Where it signed in from.
    #[schema(example = "192.0.2.7")]
    ip: String,
    /// When it signed in.
    created_at: DateTime<Utc>,
    /// When it last renewed its tokens.
    last_seen_at: DateTime<Utc>,
    /// Whether this is the session that asks.
    current: bool,
}

impl DeviceResponse {
    fn new(session: Session, current: SessionId) -> Self {
        Self {
            id: session.id,
            device_type: DeviceType::of(&session.device.user_agent),
            user_agent: session.device.user_agent,
            ip: session.device.ip,
            created_at: session.created_at,
            last_seen_at: session.lineage.rotated_at,
            current: session.id == current,
        }
    }
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/sessions",
    tag = "sessions",
    params(PageQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The devices that are signed in, the one last seen first", body = Page<DeviceResponse>),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(auth): State<Auth>,
    caller: Authenticated,
    page: PageQuery,
) -> Result<Json<Page<DeviceResponse>>, Problem> {
    let (offset, limit) = (page.offset(), page.limit());
    let now = auth.clock.now();
    let (live, total) =
        sessions::page_of_live(auth.database.read(), caller.user_id, now, offset, limit).await?;
    let devices = live.into_iter().map(|session| DeviceResponse::new(session, caller.session_id)).collect();
    Ok(Json(page.page(devices, total)))
}
