//! `GET /social/{provider}/callback`: coming back from a provider.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use kino_domain::Language;
use kino_http::{
    Json, MFA_COOKIE, Path, Problem, ProblemBody, Query, RequestLanguage, ReturnPath, SessionCookies,
    lasting_cookie, set_cookie,
};
use kino_token::Caller;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    asker::{Asker, send_on},
    links::LinkResponse,
};
use crate::{
    Auth,
    admission::SignedIn,
    api::device::RequestDevice,
    second_factor::LIFETIME,
    social::{
        Provider, Return,
        departure::{Departure, Returning},
    },
    store::Device,
};

/// Where the site asks a browser for the code of a second factor.
const CODE_PAGE: &str = "/login/code";
/// Longer codes are no codes.
const CODE_LONGEST: usize = 4096;

/// What the provider sends a viewer back with.
#[derive(Deserialize, IntoParams)]
pub(crate) struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    /// Instead of a code.
    error: Option<String>,
    /// VK's name for the viewer's device.
    device_id: Option<String>,
    /// The provider's address, from those that send it.
    iss: Option<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CallbackResponse {
    /// Signed in, or asked for a code besides.
    SignedIn(SignedIn),
    /// Linked.
    Link(LinkResponse),
}

fn state_invalid() -> Problem {
    Problem::malformed(
        "social_state_invalid",
        "Этот вход начат не здесь, уже завершён или длился слишком долго. Начните заново.",
        "This sign-in was not begun here, is done already, or took too long. Begin again.",
    )
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/social/{provider}/callback",
    tag = "social",
    params(("provider" = String, Path, example = "yandex"), CallbackQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "For who accepts JSON alone: signed in (for an account with an authenticator app, a token for `POST /sessions/mfa` first), or linked", body = CallbackResponse),
        (status = 303, description = "For a browser: to `redirect_to`, signed in by cookies; or to the site's page that tells what is wrong"),
        (status = 400, description = "`social_state_invalid`", body = ProblemBody),
        (status = 401, description = "`social_denied`", body = ProblemBody),
        (status = 403, description = "`account_blocked`", body = ProblemBody),
        (status = 404, description = "`provider_not_found`", body = ProblemBody),
        (status = 409, description = "`email_taken_sign_in_to_link`, `identity_taken` or `social_already_linked`", body = ProblemBody),
        (status = 422, description = "`social_email_required`", body = ProblemBody),
        (status = 503, description = "`social_provider_unavailable`", body = ProblemBody),
    ),
)]
pub(crate) async fn callback(
    State(auth): State<Auth>,
    caller: Caller,
    asker: Asker,
    RequestDevice { device, .. }: RequestDevice,
    RequestLanguage(language): RequestLanguage,
    Path(name): Path<String>,
    Query(query): Query<CallbackQuery>,
) -> Result<Response, Problem> {
    let provider = auth.social.find(&name)?;
    let returning = Returning {
        cookie: asker.cookie.as_deref(),
        is_program: asker.is_program,
        user_id: caller.user_id(),
    };
    // Taken before it is looked at: whoever brings it wrongly has spent it.
    let departure = auth.take_departure(query.state.as_deref().unwrap_or_default()).await?;
    let is_ours =
        |departure: &Departure| departure.provider == name && departure.is_brought_back_by(&returning);
    let Some(departure) = departure.filter(is_ours) else {
        return Ok(asker.refuse(state_invalid(), &ReturnPath::front()));
    };
    let next = ReturnPath::or_front(&departure.redirect_to);
    match finish(&auth, provider, &departure, &query, device, language).await {
        Ok(done) if asker.is_program => {
            let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            Ok((no_store, Json(done)).into_response())
        }
        Ok(done) => Ok(send_home(&auth, &next, done)),
        Err(problem) => Ok(asker.refuse(problem, &next)),
    }
}

async fn finish(
    auth: &Auth,
    provider: &Provider,
    departure: &Departure,
    query: &CallbackQuery,
    device: Device,
    language: Language,
) -> Result<CallbackResponse, Problem> {
    if let Some(error) = &query.error {
        return Err(provider.refusal(error).into());
    }
    let code = query.code.as_deref().filter(|code| !code.is_empty() && code.len() <= CODE_LONGEST);
    let returned = Return {
        code: code.ok_or_else(state_invalid)?,
        state: query.state.as_deref().unwrap_or_default(),
        device_id: query.device_id.as_deref(),
        issuer: query.iss.as_deref(),
    };
    let identity = provider.identify(returned, departure).await?;
    match departure.link {
        None => auth.arrive(provider, &identity, device, language).await.map(CallbackResponse::SignedIn),
        Some(link) => {
            let linked = auth.link(provider, &identity, link).await?;
            Ok(CallbackResponse::Link(LinkResponse::new(linked, auth, language)))
        }
    }
}

/// A browser goes where it wanted to, with its session; or to where the site asks for a code.
fn send_home(auth: &Auth, next: &ReturnPath, done: CallbackResponse) -> Response {
    let secure = auth.secure_cookies;
    match done {
        CallbackResponse::Link(_) => send_on(next.as_str()),
        CallbackResponse::SignedIn(SignedIn::Session(tokens)) => {
            let cookies = SessionCookies {
                access_token: tokens.access_token,
                expires_at: tokens.expires_at,
                refresh_token: tokens.refresh_token,
                refresh_expires_at: tokens.refresh_expires_at,
            };
            let mut response = send_on(next.as_str());
            for cookie in cookies.set(auth.clock.now(), secure) {
                set_cookie(response.headers_mut(), &cookie);
            }
            response
        }
        CallbackResponse::SignedIn(SignedIn::SecondFactor(required)) => {
            let mut response = send_on(&next.after(CODE_PAGE));
            let lifetime = cookie::time::Duration::seconds(LIFETIME.num_seconds());
            let cookie = lasting_cookie(MFA_COOKIE, required.into_token(), lifetime, secure);
            set_cookie(response.headers_mut(), &cookie);
            response
        }
    }
}
