//! `POST /sessions/register`: a new account, signed in.

use std::time::Duration;

use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use kino_domain::{Language, UserId};
use kino_http::{Fields, Json, Problem, ProblemBody, RequestLanguage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::device::RequestDevice;
use crate::{
    Auth, account,
    admission::Method,
    allowance::Allowance,
    password::new_password,
    role::NEWCOMER,
    session::SessionTokens,
    store::{Clash, Gender, NewUser, User, users},
};

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RegisterRequest {
    /// 3 to 30 letters, digits, `.`, `_`, `-`.
    #[schema(example = "anna")]
    username: String,
    #[schema(example = "anna@example.org")]
    email: String,
    /// 8 to 128 characters; not one of the passwords that everyone tries first.
    #[schema(example = "correct horse battery")]
    password: String,
    #[schema(example = "Анна")]
    first_name: Option<String>,
    last_name: Option<String>,
    gender: Option<Gender>,
    #[schema(example = "Europe/Moscow")]
    timezone: Option<String>,
}

/// The account, and its first session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisterResponse {
    user: UserResponse,
    session: SessionTokens,
}

/// An account as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserResponse {
    id: UserId,
    username: String,
    email: String,
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    gender: Option<Gender>,
    timezone: Option<String>,
    /// The language of letters to the account, where it is known.
    language: Option<Language>,
    /// The codes of the roles held now.
    roles: Vec<String>,
    created_at: DateTime<Utc>,
}

impl UserResponse {
    pub(crate) fn new(user: User, roles: Vec<String>) -> Self {
        Self {
            id: user.id,
            username: user.username,
            email: user.email,
            email_verified: user.email_verified,
            first_name: user.first_name,
            last_name: user.last_name,
            gender: user.gender,
            timezone: user.timezone,
            language: user.language,
            roles,
            created_at: user.created_at,
        }
    }
}

/// Accounts that one source may open: a classroom at once, but not a robot.
const REGISTRATIONS: Allowance =
    Allowance { name: "registrations", times: 300, within: Duration::from_hours(1) };

impl From<Clash> for Problem {
    fn from(clash: Clash) -> Self {
        match clash {
            Clash::Username => Self::conflict(
                "username_taken",
                "Это имя пользователя занято; выберите другое.",
                "This user name is taken; choose another.",
            ),
            Clash::Email => Self::conflict(
                "email_taken",
                "На этот адрес уже есть учётная запись; войдите в неё.",
                "There is an account with this address already; sign in to it.",
            ),
        }
    }
}

impl From<users::InsertError> for Problem {
    fn from(error: users::InsertError) -> Self {
        match error {
            users::InsertError::Taken(clash) => clash.into(),
            users::InsertError::Database(error) => error.into(),
        }
    }
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/sessions/register",
    tag = "sessions",
    request_body = RegisterRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, registers once")),
    responses(
        (status = 201, description = "Registered and signed in", body = RegisterResponse),
        (status = 409, description = "`email_taken` or `username_taken`", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
        (status = 429, description = "Too many at once, or from one source", body = ProblemBody),
    ),
)]
pub(crate) async fn register(
    State(auth): State<Auth>,
    request_device: RequestDevice,
    RequestLanguage(language): RequestLanguage,
    Json(request): Json<RegisterRequest>,
) -> Result<(StatusCode, Json<RegisterResponse>), Problem> {
    let mut fields = Fields::new();
    let username = fields.check(account::username(&request.username));
    let email = fields.check(account::email(&request.email));
    let names: Vec<_> = username.iter().chain(&email).map(|name| name.key.as_str()).collect();
    let password = fields.check(new_password("password", request.password, &names));
    let first_name = fields.check(account::personal_name("first_name", request.first_name.as_deref()));
    let last_name = fields.check(account::personal_name("last_name", request.last_name.as_deref()));
    let timezone = fields.check(account::timezone(request.timezone.as_deref()));
    fields.finish()?;
    let (Some(username), Some(email), Some(password)) = (username, email, password) else {
        return Err(Problem::internal(&"a checked field is missing"));
    };

    auth.allowances.spend(REGISTRATIONS, request_device.address.0).await?;
    // Asked before the costly hash; the constraints of the table have the last word.
    if let Some(clash) = users::clash(auth.database.read(), &username, &email).await? {
        return Err(clash.into());
    }
    let password_hash = auth.hashing.hash(auth.hashing.place().await?, password).await?;
    let new = NewUser {
        id: UserId::generate(&auth.clock, &auth.entropy),
        username,
        email,
        email_verified: false,
        password_hash: Some(password_hash),
        first_name: first_name.flatten(),
        last_name: last_name.flatten(),
        gender: request.gender,
        timezone: timezone.flatten(),
        language: Some(language),
    };
    let tx = auth.database.begin().await?;
    let (user, registered) = auth.open_account(&tx, new, language).await?;
    let entered = auth.enter(&tx, &user, request_device.device, &Method::Registration).await?;
    let session = auth.welcome(tx, entered.after(registered)).await?;
    auth.post.wake();
    metrics::counter!("kino_auth_registrations_total").increment(1);
    let user = UserResponse::new(user, vec![NEWCOMER.to_owned()]);
    Ok((StatusCode::CREATED, Json(RegisterResponse { user, session })))
}
