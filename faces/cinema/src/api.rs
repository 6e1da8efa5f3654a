//! The services as the site sees them: the calls it makes, and of the answers what it shows.

pub(crate) mod account;
pub(crate) mod passkeys;
pub(crate) mod passwords;
pub(crate) mod second_factor;
pub(crate) mod sessions;
pub(crate) mod social;

use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode, header};
use kino_domain::{AccessLevel, FilmId, GenreId};
use kino_upstream::{OnBehalf, Reply, Upstream, UpstreamError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::form_urlencoded;

use crate::visit::Visit;

/// How long to wait where a service does not say, in seconds.
pub(crate) const RETRY_AFTER: u64 = 5;

/// Why a call brought nothing to show.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The service refused, and says why.
    Refused(Box<Problem>),
    /// The service does not answer, or not as it promised.
    Unavailable {
        /// When to try again, in seconds.
        retry_after: u64,
    },
}

/// The body of a refusal (RFC 9457).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    #[serde(skip)]
    pub(crate) status: StatusCode,
    #[serde(skip)]
    pub(crate) retry_after: Option<u64>,
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldProblem>,
}

/// A field that a service finds wrong.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FieldProblem {
    pub(crate) field: String,
    pub(crate) message: String,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    pub(crate) items: Vec<T>,
    pub(crate) total: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Genre {
    pub(crate) id: GenreId,
    pub(crate) name: String,
}

/// A film in a list.
#[derive(Debug, Deserialize)]
pub(crate) struct FilmSummary {
    pub(crate) id: FilmId,
    pub(crate) title: String,
    pub(crate) original_title: Option<String>,
    pub(crate) year: Option<i32>,
    pub(crate) imdb_rating: Option<f64>,
    pub(crate) access: AccessLevel,
    #[serde(default)]
    pub(crate) genres: Vec<Genre>,
    pub(crate) poster_url: Option<String>,
    pub(crate) age_rating: Option<String>,
    pub(crate) highlight: Option<Highlight>,
}

/// Where a search found its words: HTML, escaped but for `<em>`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Highlight {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
}

/// Everything about a film.
#[derive(Debug, Deserialize)]
pub(crate) struct Film {
    #[serde(flatten)]
    pub(crate) summary: FilmSummary,
    pub(crate) description: Option<String>,
    pub(crate) duration_minutes: Option<u32>,
    #[serde(default)]
    pub(crate) countries: Vec<String>,
    #[serde(default)]
    pub(crate) actors: Vec<Person>,
    #[serde(default)]
    pub(crate) directors: Vec<Person>,
    #[serde(default)]
    pub(crate) writers: Vec<Person>,
    pub(crate) video_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Person {
    pub(crate) full_name: String,
}

/// The visitor's account.
#[derive(Debug, Deserialize)]
pub(crate) struct Me {
    pub(crate) username: String,
}

/// A session's tokens.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) refresh_expires_at: DateTime<Utc>,
}

/// The answer to a right password.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum SignedIn {
    /// A session.
    Tokens(Tokens),
    /// A code is wanted first, together with this token.
    SecondFactor { mfa_token: String },
}

/// An account to open.
#[derive(Debug, Serialize)]
pub(crate) struct NewAccount<'a> {
    pub(crate) username: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) first_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) last_name: &'a str,
}

/// The films that a listing's query (`name=value`) asks for: by relevance where it holds words to search.
pub(crate) async fn films(visit: &Visit, query: &[(&str, &str)]) -> Result<List<FilmSummary>, Trouble> {
    let searches = query.iter().any(|(name, _)| *name == "query");
    let path = if searches { "/async/api/v1/films/search" } else { "/async/api/v1/films" };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let path = format!("{path}?{query}");
    read(visit.send(|| visit.cinema.catalogue.get(&path)).await)
}

/// Every genre.
pub(crate) async fn genres(visit: &Visit) -> Result<List<Genre>, Trouble> {
    read(visit.send(|| visit.cinema.catalogue.get("/async/api/v1/genres?page_size=100")).await)
}

/// One film.
pub(crate) async fn film(visit: &Visit, id: FilmId) -> Result<Film, Trouble> {
    let path = format!("/async/api/v1/films/{id}");
    read(visit.send(|| visit.cinema.catalogue.get(&path)).await)
}

/// Who the visitor is.
pub(crate) async fn me(visit: &Visit) -> Result<Me, Trouble> {
    read(visit.send(|| visit.cinema.auth.get("/auth/api/v1/users/me")).await)
}

/// Opens an account, and a session with it.
pub(crate) async fn register(visit: &Visit, account: &NewAccount<'_>) -> Result<Tokens, Trouble> {
    #[derive(Deserialize)]
    struct Registered {
        session: Tokens,
    }
    let call = visit.cinema.auth.post("/auth/api/v1/sessions/register").on_behalf(visit.as_guest());
    read(call.json(account).send().await).map(|Registered { session }| session)
}

/// Opens a session.
pub(crate) async fn sign_in(visit: &Visit, login: &str, password: &str) -> Result<SignedIn, Trouble> {
    let call = visit.cinema.auth.post("/auth/api/v1/sessions/login").on_behalf(visit.as_guest());
    read(call.json(&serde_json::json!({ "login": login, "password": password })).send().await)
}

/// Opens the session that waited for a code.
pub(crate) async fn sign_in_with_code(visit: &Visit, mfa_token: &str, code: &str) -> Result<Tokens, Trouble> {
    let call = visit.cinema.auth.post("/auth/api/v1/sessions/mfa").on_behalf(visit.as_guest());
    read(call.json(&serde_json::json!({ "mfa_token": mfa_token, "code": code })).send().await)
}

/// Changes a refresh token for a new pair.
pub(crate) async fn refresh(auth: &Upstream, viewer: &OnBehalf, token: &str) -> Result<Tokens, Trouble> {
    let call = auth.post("/auth/api/v1/sessions/refresh").on_behalf(viewer);
    read(call.json(&serde_json::json!({ "refresh_token": token })).send().await)
}

/// Ends the visitor's session.
pub(crate) async fn sign_out(visit: &Visit) -> Result<(), Trouble> {
    succeed(visit.send(|| visit.cinema.auth.post("/auth/api/v1/sessions/logout")).await).map(drop)
}

fn read<T: DeserializeOwned>(reply: Result<Reply, UpstreamError>) -> Result<T, Trouble> {
    let reply = succeed(reply)?;
    reply.json().map_err(|error| unavailable(&error))
}

fn succeed(reply: Result<Reply, UpstreamError>) -> Result<Reply, Trouble> {
    let reply = reply.map_err(|error| unavailable(&error))?;
    if reply.status.is_success() { Ok(reply) } else { Err(refused(&reply)) }
}

fn refused(reply: &Reply) -> Trouble {
    let (status, retry_after) = (reply.status, retry_after(&reply.headers));
    if !status.is_client_error() {
        tracing::warn!(%status, "a service does not serve");
        return Trouble::Unavailable { retry_after: retry_after.unwrap_or(RETRY_AFTER) };
    }
    let problem = reply.json::<Problem>().unwrap_or_default();
    Trouble::Refused(Box::new(Problem { status, retry_after, ..problem }))
}

/// A text that may be left empty.
fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A password as it was typed, if one was.
fn typed(password: &str) -> Option<&str> {
    Some(password).filter(|password| !password.is_empty())
}

fn unavailable(error: &UpstreamError) -> Trouble {
    tracing::warn!(%error, "a service does not serve");
    Trouble::Unavailable { retry_after: RETRY_AFTER }
}

fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()
}
