//! JSON over HTTP to OpenSearch: connections are kept, every call has a deadline, and what passes by itself is tried
//! again. Everything that is sent may be sent twice.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Connections, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde_json::Value;

use super::{super::url::OpenSearchUrl, failure::Failure};

/// In bytes; the largest answers are pages of ids and versions.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
const KEPT_IDLE: Duration = Duration::from_secs(30);

/// How long an answer is waited for, and how often it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    deadline: Duration,
    tries: u32,
    /// Before the second try; it doubles.
    wait: Duration,
}

impl Patience {
    /// Someone waits for the answer.
    pub(super) const VIEWER: Self =
        Self { deadline: Duration::from_secs(5), tries: 3, wait: Duration::from_millis(30) };
    /// Nobody waits: the work is to get done.
    pub(super) const WORKER: Self =
        Self { deadline: Duration::from_mins(1), tries: 6, wait: Duration::from_millis(100) };
    /// It takes long, and is no loss.
    pub(super) const ONCE: Self = Self { deadline: Duration::from_mins(10), tries: 1, wait: Duration::ZERO };
}

/// Speaks to one server. Clones share connections.
#[derive(Clone, Debug)]
pub(super) struct Client {
    connections: Connections<HttpsConnector<HttpConnector>, Full<Bytes>>,
    server: Arc<str>,
    authorization: Option<HeaderValue>,
}

impl Client {
    /// A client; nothing is asked of the server yet. What is wrong is a file of certificates.
    pub(super) fn new(url: &OpenSearchUrl) -> Result<Self, String> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT_WITHIN));
        let tls = tls(url.ca.as_deref())?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let connections = Connections::builder(TokioExecutor::new())
            .pool_idle_timeout(KEPT_IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        let authorization = url.authorization.as_deref().map(HeaderValue::try_from).transpose();
        let mut authorization = authorization.map_err(|error| error.to_string())?;
        if let Some(secret) = &mut authorization {
            secret.set_sensitive(true);
        }
        Ok(Self { connections, server: url.origin.as_str().into(), authorization })
    }

    /// Scheme, host and port.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// GET.
    pub(super) async fn get(&self, path: &str, patience: Patience) -> Result<Value, Failure> {
        self.ask(Method::GET, path, Bytes::new(), patience).await
    }

    /// A call with a body of JSON.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        patience: Patience,
    ) -> Result<Value, Failure> {
        self.ask(method, path, body.to_string().into(), patience).await
    }

    /// A call whose body, if there is one, is JSON or lines of JSON.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        patience: Patience,
    ) -> Result<Value, Failure> {
        let mut wait = patience.wait;
        for _ in 1..patience.tries {
            match self.once(&method, path, &body, patience.deadline).await {
                Err(failure) if failure.passes() => tokio::time::sleep(wait).await,
                outcome => return outcome,
            }
            wait *= 2;
        }
        self.once(&method, path, &body, patience.deadline).await
    }

    async fn once(
        &self,
        method: &Method,
        path: &str,
        body: &Bytes,
        deadline: Duration,
    ) -> Result<Value, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server))
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, "Kinoservice");
        if !body.is_empty() {
            // Lines of JSON are taken under this name too.
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request =
            request.body(Full::new(body.clone())).map_err(|error| self.unreachable(&error.to_string()))?;
        let answering = async {
            let answer =
                self.connections.request(request).await.map_err(|error| self.unreachable(&told(&error)))?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await;
            Ok((parts.status, body.map_err(|error| self.unreachable(&error.to_string()))?.to_bytes()))
        };
        let asked = Instant::now();
        let answer = tokio::time::timeout(deadline, answering).await;
        let (status, body) = answer.map_err(|_| Failure::late(&self.server, deadline))??;
        let ms = asked.elapsed().as_secs_f64() * 1000.0;
        tracing::trace!(%method, path, status = status.as_u16(), ms, "OpenSearch answered");
        self.read(status, &body)
    }

    fn read(&self, status: StatusCode, body: &[u8]) -> Result<Value, Failure> {
        if status.is_success() {
            if body.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_slice(body).map_err(|error| self.unreachable(&error.to_string()));
        }
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        // A document that is not there: an answer, not a failure.
        if status == StatusCode::NOT_FOUND && answer["found"] == false {
            return Ok(answer);
        }
        Err(Failure::refused(&self.server, status, &answer["error"]))
    }

    fn unreachable(&self, problem: &str) -> Failure {
        Failure::unreachable(&self.server, problem)
    }
}

/// An error with its cause, which says more: "client error (Connect): Connection refused".
fn told(error: &hyper_util::client::legacy::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Trusts the authorities that browsers trust, those that this machine trusts, and those in the file.
fn tls(ca: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca {
        let wrong = |problem: String| format!("ca={}: {problem}", file.display());
        let certificates = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(tls.with_root_certificates(roots).with_no_client_auth())
}
