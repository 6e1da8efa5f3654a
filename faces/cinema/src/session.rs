//! The session of a visitor: two cookies that hold the tokens, and their renewal, at most once a request.
//!
//! Several calls of one page may run side by side; those that are refused together wait for one renewal.

use chrono::{DateTime, Utc};
use cookie::Cookie;
use http::{HeaderMap, StatusCode};
use kino_http::{ACCESS_COOKIE, REFRESH_COOKIE, SessionCookies, read_cookie};
use kino_upstream::{OnBehalf, Upstream};
use tokio::sync::Mutex;

use crate::api::{self, Tokens, Trouble};

/// The tokens of one request, and what has become of them.
#[derive(Debug)]
pub(crate) struct Session(Mutex<State>);

#[derive(Debug)]
struct State {
    access: Option<String>,
    refresh: Option<String>,
    renewal: Renewal,
}

/// How the one renewal of a request went.
#[derive(Debug)]
enum Renewal {
    /// None was needed so far.
    Untried,
    /// There is a new pair of tokens.
    Renewed(Tokens),
    /// The session is over.
    Ended,
    /// The accounts do not answer: whether the session is good is not known.
    Unknown,
}

impl Session {
    /// The session that a request's cookies hold.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(Mutex::new(State {
            access: read_token(headers, ACCESS_COOKIE),
            refresh: read_token(headers, REFRESH_COOKIE),
            renewal: Renewal::Untried,
        }))
    }

    /// The access token to call with. Made anew where only the refresh token is left.
    pub(crate) async fn token(&self, auth: &Upstream, viewer: &OnBehalf) -> Option<String> {
        let mut state = self.0.lock().await;
        if state.access.is_none() && state.refresh.is_some() {
            state.renew(auth, viewer).await;
        }
        state.access.clone()
    }

    /// The access token to try again with after `refused` was refused.
    pub(crate) async fn token_instead_of(
        &self,
        refused: &str,
        auth: &Upstream,
        viewer: &OnBehalf,
    ) -> Option<String> {
        let mut state = self.0.lock().await;
        // Another call may have renewed it in the meantime.
        if state.access.as_deref() == Some(refused) {
            state.access = None;
            state.renew(auth, viewer).await;
        }
        state.access.clone()
    }

    /// Whether the visitor has a session that could not be looked at, because the accounts do not answer.
    pub(crate) async fn is_unknown(&self) -> bool {
        matches!(self.0.lock().await.renewal, Renewal::Unknown)
    }

    /// Begins a session: the visitor signed in.
    pub(crate) async fn begin(&self, tokens: Tokens) {
        self.0.lock().await.adopt(tokens);
    }

    /// Ends the session here, whatever the accounts say to it.
    pub(crate) async fn end(&self) {
        self.0.lock().await.renewal = Renewal::Ended;
    }

    /// The cookies to set on the answer; none where nothing changed.
    pub(crate) fn into_cookies(self, now: DateTime<Utc>, secure: bool) -> Vec<Cookie<'static>> {
        match self.0.into_inner().renewal {
            Renewal::Untried | Renewal::Unknown => Vec::new(),
            Renewal::Ended => SessionCookies::cleared(secure).into(),
            Renewal::Renewed(tokens) => SessionCookies {
                access_token: tokens.access_token,
                expires_at: tokens.expires_at,
                refresh_token: tokens.refresh_token,
                refresh_expires_at: tokens.refresh_expires_at,
            }
            .set(now, secure)
            .into(),
        }
    }
}

impl State {
    async fn renew(&mut self, auth: &Upstream, viewer: &OnBehalf) {
        if !matches!(self.renewal, Renewal::Untried) {
            return;
        }
        let Some(refresh) = self.refresh.take() else {
            self.renewal = Renewal::Ended;
            return;
        };
        match api::refresh(auth, viewer, &refresh).await {
            Ok(tokens) => self.adopt(tokens),
            Err(Trouble::Refused(problem)) if problem.status != StatusCode::TOO_MANY_REQUESTS => {
                tracing::debug!(code = problem.code, "a session is over");
                self.renewal = Renewal::Ended;
            }
            Err(_) => self.renewal = Renewal::Unknown,
        }
    }

    fn adopt(&mut self, tokens: Tokens) {
        self.access = Some(tokens.access_token.clone());
        self.renewal = Renewal::Renewed(tokens);
    }
}

/// The token that a cookie of the request holds. What is none was not set by this site; handed on, it would only break
/// the call.
pub(crate) fn read_token(headers: &HeaderMap, name: &str) -> Option<String> {
    read_cookie(headers, name).filter(|value| is_token(value))
}

/// Whether `text` has the form of a bearer token (RFC 6750).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(cookies: &str) -> Session {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::COOKIE, cookies.parse().unwrap());
        Session::of(&headers)
    }

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn tokens() -> Tokens {
        Tokens {
            access_token: "a.b.c".to_owned(),
            refresh_token: "r".to_owned(),
            expires_at: moment("2026-01-01T00:10:00Z"),
            refresh_expires_at: moment("2026-01-15T00:00:00Z"),
        }
    }

    #[test]
    fn cookies_are_read_and_odd_ones_are_passed_over() {
        let tokens = |cookies| {
            let state = session(cookies).0.into_inner();
            (state.access, state.refresh)
        };
        assert_eq!(
            tokens("x=1; kino_access=a.b-c_d; kino_refresh=r="),
            (Some("a.b-c_d".into()), Some("r=".into()))
        );
        assert_eq!(tokens("kino_access=; kino_refresh=a b; other"), (None, None));
        assert_eq!(tokens("kino_access_2=a"), (None, None));
    }

    #[test]
    fn an_untouched_session_sets_no_cookies() {
        assert!(session("kino_access=a").into_cookies(DateTime::default(), true).is_empty());
    }

    #[tokio::test]
    async fn a_new_session_lasts_as_long_as_its_tokens() {
        let session = session("");
        session.begin(tokens()).await;
        let cookies: Vec<String> = session
            .into_cookies(moment("2026-01-01T00:00:00Z"), true)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            cookies,
            [
                "kino_access=a.b.c; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600",
                "kino_refresh=r; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=1209600",
            ]
        );
    }

    #[tokio::test]
    async fn an_ended_session_clears_both_cookies() {
        let session = session("kino_access=a; kino_refresh=r");
        session.end().await;
        let cookies: Vec<String> =
            session.into_cookies(DateTime::default(), false).iter().map(ToString::to_string).collect();
        assert_eq!(
            cookies,
            [
                "kino_access=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0",
                "kino_refresh=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0",
            ]
        );
    }
}
