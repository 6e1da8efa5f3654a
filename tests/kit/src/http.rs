//! A small HTTP client: real sockets, one connection a request, everything of the answer at hand.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Speaks to one server.
#[derive(Clone, Debug)]
pub struct Client {
    authority: String,
}

/// A request under construction.
#[derive(Debug)]
#[must_use]
pub struct Request {
    authority: String,
    builder: http::request::Builder,
    body: Bytes,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Client {
    /// A client of the server at `authority` (host and port).
    pub fn new(authority: &impl ToString) -> Self {
        Self { authority: authority.to_string() }
    }

    /// Begins a GET.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// Begins a POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Request {
        self.request(Method::POST, path).json(body)
    }

    /// Begins a request without a body.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let builder = http::Request::builder().method(method).uri(path).header("host", &self.authority);
        Request { authority: self.authority.clone(), builder, body: Bytes::new() }
    }
}

impl Request {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Shows an access token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Sends JSON.
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Sends anything.
    pub fn raw(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Sends the request.
    ///
    /// # Panics
    /// When there is no answer: use [`try_send`](Self::try_send) where the server may be gone.
    pub async fn send(self) -> Answer {
        self.try_send().await.expect("an answer")
    }

    /// Sends the request to a server that may be gone.
    pub async fn try_send(self) -> Result<Answer, String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        let stream = TcpStream::connect(&self.authority).await.map_err(|error| told(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| told(&error))?;
        let driving = tokio::spawn(connection);
        let request = self.builder.body(Full::new(self.body)).map_err(|error| told(&error))?;
        let answer = async {
            let (parts, body) = sender.send_request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        let answer = answer.await.map_err(|error: hyper::Error| told(&error));
        driving.abort();
        answer
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of a problem; empty where the answer is none.
    pub fn code(&self) -> String {
        serde_json::from_slice::<Value>(&self.body)
            .ok()
            .and_then(|body| body["code"].as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Checks the status, showing the body where it is another.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "a check is an end in itself")]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// Checks the status and the code of a problem.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "a check is an end in itself")]
    pub fn is_problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status.as_u16(), self.code().as_str()), (status, code), "{}", self.text());
        let content_type = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(content_type, Some("application/problem+json"));
        self
    }

    /// A header's text; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
