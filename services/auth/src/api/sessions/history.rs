//! `GET /sessions/entry-history`, and `GET /users/{id}/entry-history` for those who manage users: who tried to sign in,
//! when, from where and how.

use axum::extract::State;
use chrono::{DateTime, Utc};
use kino_domain::UserId;
use kino_http::{Json, Page, PageQuery, Path, Problem, ProblemBody};
use kino_token::{AssignRole, Authenticated, Authorized};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    store::{SignIn, sign_ins, users},
    user_agent::DeviceType,
};

/// A sign-in, or an attempt at one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInResponse {
    login_at: DateTime<Utc>,
    /// What the device calls itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    user_agent: String,
    device_type: DeviceType,
    #[schema(example = "192.0.2.7")]
    ip: String,
    /// How: `registration`, `password`, `password+totp`, `password+recovery_code`, `passkey`, `social:yandex`, ...
    #[schema(example = "password")]
    method: String,
    success: bool,
}

impl From<SignIn> for SignInResponse {
    fn from(sign_in: SignIn) -> Self {
        Self {
            login_at: sign_in.login_at,
            user_agent: sign_in.device.user_agent,
            device_type: sign_in.device_type,
            ip: sign_in.device.ip,
            method: sign_in.method,
            success: sign_in.success,
        }
    }
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/sessions/entry-history",
    tag = "sessions",
    params(PageQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "One's own sign-ins and failed attempts, newest first", body = Page<SignInResponse>),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
    ),
)]
pub(crate) async fn own(
    State(auth): State<Auth>,
    caller: Authenticated,
    page: PageQuery,
) -> Result<Json<Page<SignInResponse>>, Problem> {
    history(&auth, caller.user_id, page).await
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/users/{id}/entry-history",
    tag = "users",
    params(("id" = UserId, Path), PageQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The account's sign-ins and failed attempts, newest first", body = Page<SignInResponse>),
        (status = 403, description = "Needs ASSIGN_ROLE", body = ProblemBody),
        (status = 404, description = "`user_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn of_user(
    State(auth): State<Auth>,
    _: Authorized<AssignRole>,
    Path(id): Path<UserId>,
    page: PageQuery,
) -> Result<Json<Page<SignInResponse>>, Problem> {
    if users::find(auth.database.read(), id).await?.is_none() {
        return Err(Problem::not_found(
            "user_not_found",
            "Такого пользователя нет.",
            "There is no such user.",
        ));
    }
    history(&auth, id, page).await
}

async fn history(
    auth: &Auth,
    user_id: UserId,
    page: PageQuery,
) -> Result<Json<Page<SignInResponse>>, Problem> {
    let read = auth.database.read();
    let (sign_ins, total) = sign_ins::page_of_user(read, user_id, page.offset(), page.limit()).await?;
    Ok(Json(page.page(sign_ins.into_iter().map(SignInResponse::from).collect(), total)))
}
