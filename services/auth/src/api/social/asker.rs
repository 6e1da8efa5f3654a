//! Who asks: a browser on its way, or a program; and the cookie that a browser carries from one to the other.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use kino_http::{Problem, ReturnPath, read_cookie, set_cookie};
use url::form_urlencoded;

use crate::social::departure::{AWAY, is_secret};

const COOKIE: &str = "kino_social";
const COOKIE_PATH: &str = "/auth/api/v1/social";
/// Where the site tells a browser what went wrong.
const SIGN_IN_PAGE: &str = "/login";

/// Who asks, as far as the request tells.
#[derive(Debug)]
pub(super) struct Asker {
    /// The cookie that it carries.
    pub(super) cookie: Option<String>,
    /// Whether someone sits before it, to whom a page is shown.
    pub(super) is_browser: bool,
    /// Whether it takes JSON and nothing else, and no other site's page made it ask.
    pub(super) is_program: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl Asker {
    fn of(headers: &HeaderMap) -> Self {
        let accepted: Vec<&str> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|range| range.split(';').next().unwrap_or_default().trim())
            .collect();
        let is_json =
            |range: &&str| range.eq_ignore_ascii_case("application/json") || range.ends_with("+json");
        let is_page = |range: &&str| range.eq_ignore_ascii_case("text/html");
        let takes_json_alone = !accepted.is_empty() && accepted.iter().all(is_json);
        let is_navigating = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
        let is_own = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
        Self {
            cookie: read_cookie(headers, COOKIE).filter(|value| is_secret(value)),
            is_browser: !takes_json_alone && (is_navigating || accepted.iter().any(is_page)),
            is_program: takes_json_alone && is_own,
        }
    }

    /// Tells what went wrong: a browser, on the page where one signs in.
    pub(super) fn refuse(&self, problem: Problem, next: &ReturnPath) -> Response {
        if !self.is_browser || problem.status() == StatusCode::INTERNAL_SERVER_ERROR {
            return problem.into_response();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        if *next != ReturnPath::front() {
            query.append_pair("next", next.as_str());
        }
        query.append_pair("problem", problem.code());
        send_on(&format!("{SIGN_IN_PAGE}?{}", query.finish()))
    }
}

/// 303 to an address. What led here is nobody else's business.
pub(super) fn send_on(address: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        return Problem::internal(&"an address cannot be written").into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Gives a browser what it is to carry.
pub(super) fn hand_out(response: &mut Response, secret: String, secure: bool) {
    let cookie = Cookie::build((COOKIE, secret))
        .path(COOKIE_PATH)
        .http_only(true)
        // The way back begins at another site.
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(Duration::seconds(AWAY.num_seconds()))
        .build();
    set_cookie(response.headers_mut(), &cookie);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_programs_are_told_apart() {
        let (browser, program, neither) = ((true, false), (false, true), (false, false));
        for (headers, wanted) in [
            (&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")][..], browser),
            (&[("accept", "*/*"), ("sec-fetch-mode", "navigate")], browser),
            (&[("accept", "application/json"), ("accept", "text/html")], browser),
            (&[("accept", "application/json")], program),
            (&[("accept", "Application/JSON; q=0.9, application/problem+json")], program),
            (&[("accept", "application/json"), ("sec-fetch-site", "none")], program),
            (&[("accept", "application/json"), ("sec-fetch-site", "same-origin")], program),
            (&[("accept", "application/json"), ("sec-fetch-site", "cross-site")], neither),
            (&[("accept", "application/json"), ("sec-fetch-site", "same-site")], neither),
            (&[("accept", "application/json, */*")], neither),
            (&[("accept", "*/*")], neither),
            (&[("accept", "")], neither),
            (&[], neither),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            let asker = Asker::of(&map);
            assert_eq!((asker.is_browser, asker.is_program), wanted, "{headers:?}");
        }
    }
}
