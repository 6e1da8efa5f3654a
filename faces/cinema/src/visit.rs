//! One request of a visitor: their language, their session, and the way their answer is written.

use std::convert::Infallible;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use kino_domain::Language;
use kino_http::{ClientAddress, MFA_COOKIE, RequestId, RequestLanguage, ReturnPath, read_cookie, set_cookie};
use kino_upstream::{Call, OnBehalf, Reply, UpstreamError};

use crate::{
    Cinema, api,
    csrf::CsrfToken,
    notice::Notice,
    pages::{Frame, Who, language},
    session::{Session, read_token},
    texts::Texts,
};

/// A request on its way to an answer.
#[derive(Debug)]
pub(crate) struct Visit {
    /// The site.
    pub(crate) cinema: Cinema,
    /// The language to answer in.
    pub(crate) language: Language,
    /// Where the visitor is.
    pub(crate) here: ReturnPath,
    /// What the form that led here has to say.
    pub(crate) notice: Option<Notice>,
    /// The token of the visitor's forms.
    pub(crate) csrf: CsrfToken,
    /// The visitor's session.
    pub(crate) session: Session,
    /// What a sign-in that waits for a code goes by.
    pub(crate) mfa_token: Option<String>,
    /// What is handed on to the services, but for the token.
    viewer: OnBehalf,
}

impl FromRequestParts<Cinema> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, cinema: &Cinema) -> Result<Self, Infallible> {
        Ok(Self::of(parts, cinema).await)
    }
}

impl Visit {
    /// The visit that a request makes.
    pub(crate) async fn of(parts: &mut Parts, cinema: &Cinema) -> Self {
        let Ok(address) = ClientAddress::from_request_parts(parts, &()).await;
        let language = language_of(&parts.headers);
        let (here, notice) = match parts.method {
            Method::GET | Method::HEAD => {
                Notice::take(parts.uri.path_and_query().map_or("/", |path| path.as_str()))
            }
            // A form's own address has nothing to show; its handler may know better.
            _ => (ReturnPath::front(), None),
        };
        let viewer = OnBehalf {
            language,
            request_id: RequestId::current(),
            address: Some(address),
            user_agent: parts.headers.get(header::USER_AGENT).cloned(),
            token: None,
        };
        Self {
            language,
            here,
            notice,
            csrf: CsrfToken::of(&parts.headers, &cinema.entropy),
            session: Session::of(&parts.headers),
            mfa_token: read_token(&parts.headers, MFA_COOKIE),
            viewer,
            cinema: cinema.clone(),
        }
    }

    /// The texts of the site in the visitor's language.
    pub(crate) const fn texts(&self) -> &'static Texts {
        Texts::of(self.language)
    }

    /// What is handed on where no session is needed.
    pub(crate) const fn as_guest(&self) -> &OnBehalf {
        &self.viewer
    }

    /// Makes a call with the visitor's session, if there is one: a token that is refused is renewed once, and where
    /// that does not help the call is made without.
    pub(crate) async fn send(&self, call: impl Fn() -> Call) -> Result<Reply, UpstreamError> {
        let (auth, guest) = (&self.cinema.auth, &self.viewer);
        let Some(token) = self.session.token(auth, guest).await else {
            return call().on_behalf(guest).send().await;
        };
        let reply = call().on_behalf(&self.as_bearer(&token)).send().await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        match self.session.token_instead_of(&token, auth, guest).await {
            Some(token) => call().on_behalf(&self.as_bearer(&token)).send().await,
            None => call().on_behalf(guest).send().await,
        }
    }

    /// Makes a call whose answer is handed on as it comes, with the session that [`frame`](Self::frame) has settled.
    pub(crate) async fn open(&self, call: Call) -> Result<Result<Response, Reply>, UpstreamError> {
        match self.session.token(&self.cinema.auth, &self.viewer).await {
            Some(token) => call.on_behalf(&self.as_bearer(&token)).open().await,
            None => call.on_behalf(&self.viewer).open().await,
        }
    }

    fn as_bearer(&self, token: &str) -> OnBehalf {
        OnBehalf { token: Some(token.to_owned()), ..self.viewer.clone() }
    }

    /// Who the visitor is, as the header of a page says it.
    async fn who(&self) -> Who {
        // Asked first: it settles the session.
        if self.session.token(&self.cinema.auth, &self.viewer).await.is_none() {
            return if self.session.is_unknown().await { Who::Unnamed } else { Who::Guest };
        }
        match api::me(self).await {
            Ok(me) => Who::Member(me.username),
            Err(api::Trouble::Refused(problem)) if problem.status == StatusCode::UNAUTHORIZED => {
                if self.session.is_unknown().await { Who::Unnamed } else { Who::Guest }
            }
            Err(_) => Who::Unnamed,
        }
    }

    /// What surrounds every page.
    pub(crate) async fn frame(&self) -> Frame {
        Frame::new(self, self.who().await)
    }

    /// Answers with a page.
    pub(crate) fn page(self, status: StatusCode, page: &impl Template) -> Response {
        match page.render() {
            Ok(html) => self.seal((status, Html(html)).into_response()),
            Err(error) => {
                tracing::error!(%error, "a page cannot be written");
                self.seal(StatusCode::INTERNAL_SERVER_ERROR.into_response())
            }
        }
    }

    /// Answers by sending the visitor on.
    pub(crate) fn redirect(self, to: &ReturnPath) -> Response {
        let location = HeaderValue::from_str(to.as_str()).unwrap_or(HeaderValue::from_static("/"));
        self.seal((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
    }

    /// Puts the cookies that changed on the answer.
    pub(crate) fn seal(self, mut response: Response) -> Response {
        let secure = self.cinema.secure_cookies;
        let csrf = self.csrf.cookie(secure);
        for cookie in self.session.into_cookies(self.cinema.clock.now(), secure).into_iter().chain(csrf) {
            set_cookie(response.headers_mut(), &cookie);
        }
        response
    }
}

/// The language that the visitor chose here, else the one their browser asks for.
fn language_of(headers: &HeaderMap) -> Language {
    read_cookie(headers, language::COOKIE)
        .and_then(|tag| language::by_tag(&tag))
        .unwrap_or_else(|| RequestLanguage::of(headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_language_wins_over_the_browsers() {
        for (cookie, accept, wanted) in [
            ("", "ru", Language::Ru),
            ("", "en-GB,ru;q=0.5", Language::En),
            ("", "", Language::En),
            ("kino_language=en", "ru", Language::En),
            ("kino_language=ru", "en", Language::Ru),
            ("kino_language=tlh", "ru", Language::Ru),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
            assert_eq!(language_of(&headers), wanted, "{cookie:?} {accept:?}");
        }
    }
}
