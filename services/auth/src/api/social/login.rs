//! `GET /social/{provider}/login`: leaving for a provider, to sign in or to link.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use kino_http::{ClientAddress, FieldError, Path, Problem, ProblemBody, Query, ReturnPath};
use kino_token::{Caller, require_token_problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asker::{Asker, hand_out, send_on};
use crate::{
    Auth,
    allowance::Allowance,
    social::departure::{Departure, Link, Traveller, secret},
};

/// Each is kept for a while; a house full of viewers is one source.
const DEPARTURES: Allowance = Allowance { name: "social", times: 300, within: Duration::from_mins(10) };

/// What for.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct LoginQuery {
    /// Where a browser goes afterwards: a path of this site. The front page when left out.
    #[param(example = "/films")]
    redirect_to: Option<String>,
    /// Links to the account whose token is shown, instead of signing in.
    #[serde(default)]
    link: bool,
}

/// Where the viewer goes: the same as in `Location`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoginResponse {
    /// The provider's page.
    authorize_url: String,
}

fn not_of_this_site() -> Problem {
    Problem::invalid(vec![FieldError::new(
        "redirect_to",
        "not_local",
        "Только путь этого сайта: начинается с одной косой черты.",
        "A path of this site only: it begins with one slash.",
    )])
}

// To link, a token in `Authorization` is asked for, never the site's cookie: a browser sends that along with a link of
// any other site, which could so have its own identity linked to the visitor's account. Whoever has the token in hand
// (a program; the site, after a form of its own) means it.
#[utoipa::path(
    get,
    path = "/auth/api/v1/social/{provider}/login",
    tag = "social",
    params(("provider" = String, Path, example = "yandex"), LoginQuery),
    security((), ("access_token" = [])),
    responses(
        (status = 303, description = "To the provider's page, with a cookie that must come back to the callback", body = LoginResponse),
        (status = 401, description = "Linking needs a token", body = ProblemBody),
        (status = 403, description = "`fresh_sign_in_required`: linking needs a token of a sign-in, not of a refresh", body = ProblemBody),
        (status = 404, description = "`provider_not_found`", body = ProblemBody),
        (status = 422, description = "`redirect_to` is no path of this site", body = ProblemBody),
        (status = 429, description = "`too_many_requests`", body = ProblemBody),
        (status = 503, description = "`social_provider_unavailable`", body = ProblemBody),
    ),
)]
pub(crate) async fn login(
    State(auth): State<Auth>,
    address: ClientAddress,
    caller: Caller,
    asker: Asker,
    Path(name): Path<String>,
    Query(query): Query<LoginQuery>,
) -> Result<Response, Problem> {
    let provider = auth.social.find(&name)?;
    let next = match query.redirect_to.as_deref() {
        None => ReturnPath::front(),
        Some(path) => ReturnPath::checked(path).ok_or_else(not_of_this_site)?,
    };
    let link = if query.link {
        let claims = caller.claims.ok_or_else(require_token_problem)?;
        // Whoever steals a token for a while shall not make themselves a way in for good.
        auth.reassure(&claims, None, address.0).await?;
        Some(Link { user_id: claims.user_id, session_id: claims.session_id })
    } else {
        None
    };
    auth.allowances.spend(DEPARTURES, address.0).await?;

    // What a browser carries already serves the tabs that left before this one.
    let cookie = asker.cookie.clone().unwrap_or_else(|| secret(&auth.entropy));
    let traveller = Traveller::new(&cookie, asker.is_browser);
    let departure = Departure::new(&name, next.as_str(), link, traveller, auth.clock.now(), &auth.entropy);
    let state = auth.keep_departure(&departure).await?;
    let url = match provider.authorize_url(&departure, &state).await {
        Ok(url) => url,
        Err(error) => return Ok(asker.refuse(error.into(), &next)),
    };
    let body = axum::Json(LoginResponse { authorize_url: url.to_string() });
    let mut response = (send_on(url.as_str()).into_parts().0, body).into_response();
    hand_out(&mut response, cookie, auth.secure_cookies);
    Ok(response)
}
