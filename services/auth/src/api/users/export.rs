//! `GET /users/me/export`: all that the service keeps of the caller, as a file.

use std::time::Duration;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Utc};
use futures::stream;
use http::header;
use kino_domain::{Language, SessionId, UserId};
use kino_http::{Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};
use serde::Serialize;
use serde_json::json;

use super::details::GrantResponse;
use crate::{
    Auth,
    allowance::Allowance,
    api::{audit::EntryResponse, passkeys::PasskeyResponse, sessions::history::SignInResponse},
    audit::Action,
    json_stream::{Cut, JsonWriter, json_stream},
    store::{
        Gender, Session, StoredIdentity, User, audit, identities, known_sources, passkeys, recovery_codes,
        roles, sessions, sign_ins, totp, users,
    },
};

/// Enough for whoever lost the file.
const EXPORTS: Allowance = Allowance { name: "exports", times: 5, within: Duration::from_hours(24) };
/// Rows read in one go.
const ROWS: u64 = 500;

fn too_many_exports(wait: Duration) -> Problem {
    Problem::too_many(
        "too_many_exports",
        "Данные можно выгрузить пять раз в сутки.",
        "Data can be exported five times a day.",
        wait.as_secs(),
    )
}

/// The account itself.
#[derive(Serialize)]
struct Account {
    id: UserId,
    username: String,
    email: String,
    email_verified: bool,
    has_password: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    gender: Option<Gender>,
    timezone: Option<String>,
    language: Option<Language>,
    created_at: DateTime<Utc>,
}

/// Whom a provider knows them as.
#[derive(Serialize)]
struct ExportedIdentity {
    provider: String,
    issuer: String,
    subject: String,
    email: Option<String>,
    linked_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
}

/// The authenticator app.
#[derive(Serialize)]
struct SecondFactor {
    /// Since when it is asked for.
    confirmed_at: Option<DateTime<Utc>>,
    recovery_codes_left: u64,
}

/// A session, ended or not.
#[derive(Serialize)]
struct ExportedSession {
    id: SessionId,
    user_agent: String,
    ip: String,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

/// A network or a device that was signed in from. Which, the service itself does not know.
#[derive(Serialize)]
struct KnownSource {
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/users/me/export",
    tag = "users",
    security(("access_token" = [])),
    responses(
        (
            status = 200,
            description = "A file with `exported_at` and, by service, all that is kept of the caller",
            body = Object,
            content_type = "application/json",
            example = json!({"exported_at": "2026-01-31T12:00:00Z", "auth": {
                "account": {"username": "anna"}, "roles": [], "second_factor": null, "passkeys": [], "identities": [], "sessions": [], "known_sources": [], "sign_ins": [], "audit": [],
            }}),
        ),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 429, description = "`too_many_exports`: five a day; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn export(State(auth): State<Auth>, caller: Authenticated) -> Result<Response, Problem> {
    let user = users::find(auth.database.read(), caller.user_id).await?.ok_or_else(require_token_problem)?;
    if let Some(wait) = auth.allowances.left(EXPORTS, &user.id.to_string()).await? {
        return Err(too_many_exports(wait));
    }
    let tx = auth.database.begin().await?;
    auth.note(&tx, Some(user.id), Action::DataExported, user.id, &json!({})).await?;
    auth.commit(tx, &[]).await?;

    let name = format!("kinoservice-{}.json", auth.clock.now().format("%Y-%m-%d"));
    let (mut json, mut pieces) = json_stream();
    tokio::spawn(async move {
        match write(&auth, user, &mut json).await {
            Ok(()) | Err(Cut::Gone) => {}
            Err(error) => {
                tracing::warn!(%error, "an export was cut off");
                json.fail().await;
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(stream::poll_fn(move |context| pieces.poll_recv(context))))
        .into_response())
}

/// Everything, from every table with something of a person in it.
async fn write(auth: &Auth, user: User, json: &mut JsonWriter) -> Result<(), Cut> {
    let (read, id) = (auth.database.read(), user.id);
    json.begin_object();
    json.name("exported_at")?;
    json.value(&auth.clock.now()).await?;
    json.name("auth")?;
    json.begin_object();
    json.name("account")?;
    json.value(&Account::from(user)).await?;
    json.name("roles")?;
    let grants = roles::grants(read, id).await?;
    json.value(&grants.into_iter().map(GrantResponse::from).collect::<Vec<_>>()).await?;
    json.name("second_factor")?;
    json.value(&second_factor(auth, id).await?).await?;
    json.name("passkeys")?;
    let passkeys = passkeys::of_user(read, id).await?;
    json.value(&passkeys.into_iter().map(PasskeyResponse::from).collect::<Vec<_>>()).await?;
    json.name("identities")?;
    let identities = identities::of_user(read, id).await?;
    json.value(&identities.into_iter().map(ExportedIdentity::from).collect::<Vec<_>>()).await?;
    json.name("sessions")?;
    let sessions = sessions::all_of_user(read, id).await?;
    json.value(&sessions.into_iter().map(ExportedSession::from).collect::<Vec<_>>()).await?;
    json.name("known_sources")?;
    let sources = known_sources::seen(read, id).await?;
    json.value(&sources.into_iter().map(KnownSource::from).collect::<Vec<_>>()).await?;
    json.name("sign_ins")?;
    write_sign_ins(auth, id, json).await?;
    json.name("audit")?;
    write_audit(auth, id, json).await?;
    json.end_object();
    json.end_object();
    json.finish().await
}

async fn second_factor(auth: &Auth, id: UserId) -> Result<Option<SecondFactor>, Cut> {
    let read = auth.database.read();
    let Some(totp) = totp::find(read, id).await? else { return Ok(None) };
    let recovery_codes_left = recovery_codes::count(read, id).await?;
    Ok(Some(SecondFactor { confirmed_at: totp.confirmed_at, recovery_codes_left }))
}

/// The history, oldest first.
async fn write_sign_ins(auth: &Auth, id: UserId, json: &mut JsonWriter) -> Result<(), Cut> {
    json.begin_list();
    let mut last = None;
    loop {
        let sign_ins = sign_ins::after(auth.database.read(), id, last, ROWS).await?;
        let Some(newest) = sign_ins.last() else { break };
        last = Some((newest.login_at, newest.id));
        for sign_in in sign_ins {
            json.value(&SignInResponse::from(sign_in)).await?;
        }
    }
    json.end_list();
    Ok(())
}

/// What they did, and what was done to them, oldest first.
async fn write_audit(auth: &Auth, id: UserId, json: &mut JsonWriter) -> Result<(), Cut> {
    json.begin_list();
    let mut last = 0;
    loop {
        let entries = audit::of_user_after(auth.database.read(), id, last, ROWS).await?;
        let Some(newest) = entries.last() else { break };
        last = newest.position;
        for entry in entries {
            json.value(&EntryResponse::from(entry)).await?;
        }
    }
    json.end_list();
    Ok(())
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            email: user.email,
            email_verified: user.email_verified,
            has_password: user.password_hash.is_some(),
            first_name: user.first_name,
            last_name: user.last_name,
            gender: user.gender,
            timezone: user.timezone,
            language: user.language,
            created_at: user.created_at,
        }
    }
}

impl From<StoredIdentity> for ExportedIdentity {
    fn from(identity: StoredIdentity) -> Self {
        Self {
            provider: identity.key.provider,
            issuer: identity.key.issuer,
            subject: identity.key.subject,
            email: identity.email,
            linked_at: identity.linked_at,
            last_used_at: identity.last_used_at,
        }
    }
}

impl From<(Session, Option<DateTime<Utc>>)> for ExportedSession {
    fn from((session, ended_at): (Session, Option<DateTime<Utc>>)) -> Self {
        Self {
            id: session.id,
            user_agent: session.device.user_agent,
            ip: session.device.ip,
            created_at: session.created_at,
            last_seen_at: session.lineage.rotated_at,
            expires_at: session.expires_at,
            ended_at,
        }
    }
}

impl From<(DateTime<Utc>, DateTime<Utc>)> for KnownSource {
    fn from((first_seen_at, last_seen_at): (DateTime<Utc>, DateTime<Utc>)) -> Self {
        Self { first_seen_at, last_seen_at }
    }
}
