//! A call to a service, and its reply.

use std::time::Duration;

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use kino_domain::Language;
use kino_http::{ClientAddress, RequestId};
use serde::{Serialize, de::DeserializeOwned};
use tower::ServiceExt as _;

/// How long a service may take to answer in full.
const DEADLINE: Duration = Duration::from_secs(20);

/// Why a call brought no reply.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The service is not part of this process.
    #[error("the service {0} is not reached from this process; add it to the setting `services`")]
    Unknown(&'static str),
    /// The request could not be made.
    #[error("a call to {0} could not be made: {1}")]
    Request(&'static str, String),
    /// The service took too long.
    #[error("the service {0} did not answer within its deadline")]
    Deadline(&'static str),
    /// The reply broke off.
    #[error("the reply of the service {0} broke off: {1}")]
    Interrupted(&'static str, String),
    /// The reply is not what its API promises.
    #[error("the reply of the service {0} cannot be read: {1}")]
    Unreadable(&'static str, serde_json::Error),
}

/// On whose behalf a face calls a service: what is handed on of the viewer's own request.
#[derive(Clone, Debug, Default)]
pub struct OnBehalf {
    /// The viewer's language.
    pub language: Language,
    /// The id of the viewer's request.
    pub request_id: Option<RequestId>,
    /// Where the viewer's request came from.
    pub address: Option<ClientAddress>,
    /// The viewer's browser.
    pub user_agent: Option<HeaderValue>,
    /// The viewer's access token.
    pub token: Option<String>,
}

/// A call under construction; [`send`](Self::send) makes it.
#[derive(Debug)]
#[must_use]
pub struct Call {
    service: &'static str,
    router: Option<Router>,
    request: http::request::Builder,
    address: Option<ClientAddress>,
    body: Bytes,
}

impl Call {
    pub(crate) fn new(service: &'static str, router: Option<Router>, method: Method, path: &str) -> Self {
        let request = Request::builder().method(method).uri(path);
        Self { service, router, request, address: None, body: Bytes::new() }
    }

    /// Hands on what belongs to the viewer.
    pub fn on_behalf(mut self, viewer: &OnBehalf) -> Self {
        self = self.header(header::ACCEPT_LANGUAGE, viewer.language.tag());
        if let Some(id) = &viewer.request_id {
            self = self.header(HeaderName::from_static("x-request-id"), id.as_str());
        }
        if let Some(user_agent) = &viewer.user_agent {
            self.request = self.request.header(header::USER_AGENT, user_agent);
        }
        if let Some(token) = &viewer.token {
            self = self.header(header::AUTHORIZATION, &format!("Bearer {token}"));
        }
        self.address = viewer.address;
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Sends `value` as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.body = serde_json::to_vec(value).map(Bytes::from).unwrap_or_default();
        self.header(header::CONTENT_TYPE, "application/json")
    }

    /// Makes the call. A problem response is a reply like any other.
    pub async fn send(self) -> Result<Reply, UpstreamError> {
        let service = self.service;
        let answering = async { Reply::read(service, self.answer().await?).await };
        tokio::time::timeout(DEADLINE, answering).await.unwrap_or(Err(UpstreamError::Deadline(service)))
    }

    /// Makes the call, for an answer that is handed on as it comes: long ones take as long as their readers do.
    /// One that is no success is read to its end.
    pub async fn open(self) -> Result<Result<Response<Body>, Reply>, UpstreamError> {
        let service = self.service;
        let answering = async {
            let response = self.answer().await?;
            if response.status().is_success() {
                return Ok(Ok(response));
            }
            Reply::read(service, response).await.map(Err)
        };
        tokio::time::timeout(DEADLINE, answering).await.unwrap_or(Err(UpstreamError::Deadline(service)))
    }

    async fn answer(self) -> Result<Response<Body>, UpstreamError> {
        let service = self.service;
        let router = self.router.ok_or(UpstreamError::Unknown(service))?;
        let mut request = self
            .request
            .body(Body::from(self.body))
            .map_err(|error| UpstreamError::Request(service, error.to_string()))?;
        if let Some(address) = self.address {
            request.extensions_mut().insert(address);
        }
        match router.oneshot(request).await {
            Ok(response) => Ok(response),
            Err(never) => match never {},
        }
    }
}

/// What a service answered.
#[derive(Clone, Debug)]
pub struct Reply {
    service: &'static str,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Reply {
    async fn read(service: &'static str, response: Response<Body>) -> Result<Self, UpstreamError> {
        let (parts, body) = response.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|error| UpstreamError::Interrupted(service, error.to_string()))?
            .to_bytes();
        Ok(Self { service, status: parts.status, headers: parts.headers, body })
    }

    /// The body as what the API promises.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, UpstreamError> {
        serde_json::from_slice(&self.body).map_err(|error| UpstreamError::Unreadable(self.service, error))
    }

    /// The stable word of a problem reply.
    pub fn problem_code(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Problem {
            code: String,
        }
        serde_json::from_slice::<Problem>(&self.body).ok().map(|problem| problem.code)
    }
}
