//! The site under test, and a visitor's browser that goes to it.

use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use kino_cinema::{Cinema, router};
use kino_domain::{Clock, Entropy};
use kino_upstream::Upstreams;
use tower::ServiceExt as _;

use crate::services::{self, Calls};

/// A well-formed form token.
pub const CSRF: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The site with its stand-in services.
pub struct Site {
    router: Router,
    pub calls: Calls,
}

/// What the site answered.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Site {
    /// With both services.
    pub fn open() -> Self {
        let calls = Calls::default();
        let upstreams = Upstreams::new();
        upstreams.serve_local("auth", services::auth(calls.clone()));
        upstreams.serve_local("catalogue", services::catalogue(calls.clone()));
        Self::over(&upstreams, calls)
    }

    /// With no service that answers.
    pub fn without_services() -> Self {
        Self::over(&Upstreams::new(), Calls::default())
    }

    fn over(upstreams: &Upstreams, calls: Calls) -> Self {
        let cinema = Cinema {
            auth: upstreams.service("auth"),
            catalogue: upstreams.service("catalogue"),
            clock: Clock::manual("2026-01-01T00:00:00Z".parse().unwrap()),
            entropy: Entropy::seeded(1),
            secure_cookies: true,
        };
        Self { router: router(cinema), calls }
    }

    /// A GET by a Russian visitor.
    pub async fn get(&self, path: &str, cookies: &str) -> Answer {
        let request =
            Request::get(path).header(header::COOKIE, cookies).header(header::ACCEPT_LANGUAGE, "ru");
        self.answer(request.body(Body::empty()).unwrap()).await
    }

    /// A form of the site, sent as a browser sends it.
    pub async fn post(&self, path: &str, cookies: &str, fields: &str) -> Answer {
        self.post_from("https://kino.example", path, &format!("kino_csrf={CSRF}; {cookies}"), fields).await
    }

    /// A form that a page of `origin` sends, without the token's cookie being there by itself.
    pub async fn post_from(&self, origin: &str, path: &str, cookies: &str, fields: &str) -> Answer {
        let request = Request::post(path)
            .header(header::HOST, "kino.example")
            .header(header::ORIGIN, origin)
            .header(header::COOKIE, cookies)
            .header(header::ACCEPT_LANGUAGE, "ru")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(fields.to_owned()));
        self.answer(request.unwrap()).await
    }

    /// Any request.
    pub async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

impl Answer {
    /// Whether the page shows this.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "no `{text}` in\n{}", self.body);
        self
    }

    /// Whether the page does without this.
    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "`{text}` in\n{}", self.body);
        self
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The cookies that it sets, sorted, but for the form token's.
    pub fn cookies(&self) -> Vec<&str> {
        let all = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        let mut cookies: Vec<&str> = all.filter(|cookie| !cookie.starts_with("kino_csrf=")).collect();
        cookies.sort_unstable();
        cookies
    }

    /// The cookies that end a session.
    #[track_caller]
    pub fn clears_the_session(&self) -> &Self {
        let cleared = ["kino_access", "kino_refresh"]
            .map(|name| format!("{name}=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"));
        assert_eq!(self.cookies(), cleared);
        self
    }

    /// The cookies that begin the session of [`services::tokens`].
    #[track_caller]
    pub fn begins_the_session(&self, name: &str) -> &Self {
        let rest = "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age";
        let begun = [
            format!("kino_access={name}-access; {rest}=600"),
            format!("kino_refresh={name}-refresh; {rest}=86400"),
        ];
        assert_eq!(self.cookies(), begun);
        self
    }
}
