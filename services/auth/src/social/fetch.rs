//! Asking providers over HTTP. What answers there is not ours: no redirect is followed, and both the time and the size
//! of an answer are bounded.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use super::{SocialError, settings::is_safe};

const DEADLINE: Duration = Duration::from_secs(10);
/// In bytes; keys and profiles are a few kilobytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// A client of providers. Clones share connections.
#[derive(Clone, Debug)]
pub(crate) struct Fetch(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What a provider answered.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Bytes,
}

impl Fetch {
    /// A client that trusts the authorities that browsers trust, and those that this machine trusts.
    pub(crate) fn new() -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// GET.
    pub(crate) async fn get(&self, url: &Url, authorization: Option<&str>) -> Result<Answer, SocialError> {
        self.send(Method::GET, url, authorization, Bytes::new()).await
    }

    /// POST of a form.
    pub(crate) async fn post(
        &self,
        url: &Url,
        authorization: Option<&str>,
        form: &[(&str, &str)],
    ) -> Result<Answer, SocialError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(Method::POST, url, authorization, body.into()).await
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        authorization: Option<&str>,
        body: Bytes,
    ) -> Result<Answer, SocialError> {
        let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
        let failed =
            |problem: &dyn std::fmt::Display| SocialError::Unavailable(format!("{place}: {problem}"));
        if !is_safe(url) {
            return Err(failed(&"this address is not safe to speak to"));
        }
        let mut request = Request::builder().method(&method).uri(url.as_str());
        request =
            request.header(header::ACCEPT, "application/json").header(header::USER_AGENT, "Kinoservice");
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(body)).map_err(|error| failed(&error))?;
        let answering = async {
            let (parts, body) = self.0.request(request).await.map_err(|error| failed(&error))?.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|error| failed(&error))?;
            Ok(Answer { status: parts.status, body: body.to_bytes() })
        };
        let answer =
            tokio::time::timeout(DEADLINE, answering).await.map_err(|_| failed(&"no answer in time"))??;
        if answer.status.is_server_error() || answer.status.is_redirection() {
            return Err(failed(&answer.status));
        }
        Ok(answer)
    }
}

impl Answer {
    /// The body, whether it is what was asked for or says why not.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, SocialError> {
        // The parser's complaint might quote the body, which may hold tokens.
        serde_json::from_slice(&self.body)
            .map_err(|_| SocialError::Unavailable(format!("{}: the answer cannot be read", self.status)))
    }

    /// The body of a success.
    pub(crate) fn success<T: DeserializeOwned>(&self) -> Result<T, SocialError> {
        if self.status.is_success() {
            return self.json();
        }
        Err(SocialError::Unavailable(format!("an answer {}", self.status)))
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }
}
