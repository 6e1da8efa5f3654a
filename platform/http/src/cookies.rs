//! Cookies: how they are read and written, and those two that a browser's session is. Whoever signs a browser in, the
//! site or the auth service itself, sets the same.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderMap, HeaderValue, header};

/// The cookie of the access token.
pub const ACCESS_COOKIE: &str = "kino_access";
/// The cookie of the refresh token.
pub const REFRESH_COOKIE: &str = "kino_refresh";
/// The cookie of a sign-in that waits for a code: the token that is wanted back with it.
pub const MFA_COOKIE: &str = "kino_mfa";

/// A session's tokens, on their way to a browser.
#[derive(Clone)]
pub struct SessionCookies {
    /// The access token.
    pub access_token: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The refresh token.
    pub refresh_token: String,
    /// When it ends.
    pub refresh_expires_at: DateTime<Utc>,
}

impl SessionCookies {
    /// The cookies, each as long as its token.
    pub fn set(self, now: DateTime<Utc>, secure: bool) -> [Cookie<'static>; 2] {
        let until = |moment: DateTime<Utc>| Duration::seconds((moment - now).num_seconds().max(0));
        [
            lasting_cookie(ACCESS_COOKIE, self.access_token, until(self.expires_at), secure),
            lasting_cookie(REFRESH_COOKIE, self.refresh_token, until(self.refresh_expires_at), secure),
        ]
    }

    /// The cookies that end a session in the browser.
    pub fn cleared(secure: bool) -> [Cookie<'static>; 2] {
        [ACCESS_COOKIE, REFRESH_COOKIE].map(|name| lasting_cookie(name, "", Duration::ZERO, secure))
    }
}

impl std::fmt::Debug for SessionCookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionCookies")
    }
}

/// A cookie of the whole site that scripts and other sites' forms cannot use.
pub fn lasting_cookie(
    name: &'static str,
    value: impl Into<Cow<'static, str>>,
    max_age: Duration,
    secure: bool,
) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(max_age)
        .build()
}

/// The value of a cookie of the request.
pub fn read_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// Adds a cookie to an answer.
pub fn set_cookie(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(header::SET_COOKIE, value);
    }
}
