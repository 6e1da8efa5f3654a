//! `POST /sessions/login`: a session for a password, or the wish for a code besides.

use axum::extract::State;
use kino_domain::{UserId, fold};
use kino_http::{Json, Problem, ProblemBody};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Auth,
    admission::{Method, SignedIn},
    api::{device::RequestDevice, room::Room},
    hashing::Comparison,
    known_source::Visitor,
    store::{User, users},
};

/// No password is longer; what is, is not hashed.
const PASSWORD_LONGEST_BYTES: usize = 1024;

/// Who signs in.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LoginRequest {
    /// The user name or the e-mail address.
    #[schema(example = "anna")]
    login: String,
    #[schema(example = "correct horse battery")]
    password: String,
}

/// The same for a wrong password and for an account that does not exist.
fn bad_credentials() -> Problem {
    metrics::counter!("kino_auth_logins_total", "outcome" => "refused").increment(1);
    Problem::unauthorized(
        "bad_credentials",
        "Неверное имя пользователя, адрес или пароль.",
        "The user name, the address or the password is wrong.",
    )
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/sessions/login",
    tag = "sessions",
    request_body = LoginRequest,
    responses(
        (status = 200, description = "Signed in; or, for an account with an authenticator app, a token for `POST /sessions/mfa`", body = SignedIn),
        (status = 401, description = "`bad_credentials`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts` or `too_many_sign_ins`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn login(
    State(auth): State<Auth>,
    _: Room,
    request_device: RequestDevice,
    Json(request): Json<LoginRequest>,
) -> Result<Json<SignedIn>, Problem> {
    // Control characters are no part of any name (and PostgreSQL takes no NUL).
    let login_key: String = fold(&request.login).chars().filter(|c| !c.is_control()).collect();
    // First the place: an attempt for which there is none is not made, and so not counted.
    let place = auth.hashing.place().await?;
    let user = users::find_by_login(auth.database.read(), &login_key).await?;
    // Both names of an account count together; a name that is none counts alike.
    let account = user.as_ref().map_or_else(|| login_key.clone(), |user| user.id.to_string());
    let RequestDevice { device, address } = request_device;
    // Asked for an account that does not exist too: the answers take as long.
    let user_id = user.as_ref().map_or(UserId(Uuid::nil()), |user| user.id);
    let sources = auth.sources(auth.database.read(), user_id, &device).await?;
    let is_known = sources.network_is_known();
    let attempt = auth.guessing.attempt_on_account(&account, address.0, is_known).await?;

    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let too_long = request.password.len() > PASSWORD_LONGEST_BYTES;
    let password = if too_long { String::new() } else { request.password };
    let comparison = auth.hashing.compare(place, password, stored.clone()).await?;
    let (Some(user), Comparison::Match { upgrade }) = (&user, comparison) else {
        attempt.failed().await?;
        if let Some(user) = user {
            auth.note_failure(user.id, device, &Method::Password);
        }
        return Err(bad_credentials());
    };
    attempt.succeeded().await?;

    let tx = auth.database.begin().await?;
    let mut user = unchanged(users::lock(&tx, user.id, auth.clock.now()).await?, stored.as_deref())?;
    if let Some(better) = upgrade {
        users::set_password_hash(&tx, user.id, better.clone()).await?;
        user.password_hash = Some(better);
    }
    let visitor = Visitor { device, sources: Some(sources) };
    let admission = auth.admit(&tx, &user, visitor, Method::Password).await?;
    auth.conclude(tx, admission).await.map(Json)
}

/// The account, if its password is still the one that was compared.
fn unchanged(locked: Option<User>, compared: Option<&str>) -> Result<User, Problem> {
    locked.filter(|user| user.password_hash.as_deref() == compared).ok_or_else(bad_credentials)
}
