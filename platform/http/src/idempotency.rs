//! `Idempotency-Key`: a POST that creates, sent twice with the same key, creates once and answers alike.
//!
//! The answer is kept in the cache for a day, encrypted under a key made of the request itself: it may hold tokens,
//! and only who can repeat the request can read it.

use std::{convert::Infallible, sync::Arc, time::Duration};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use axum::{
    RequestExt as _,
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};
use kino_engine::Cache;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{FieldError, Problem, RequestId};

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
static REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const LONGEST_KEY: usize = 255;
/// How long a key is remembered.
pub const KEPT: Duration = Duration::from_hours(24);
/// A claim without an answer ends by itself, should the process die meanwhile.
const CLAIM: Duration = Duration::from_mins(1);

/// What the client calls its request, for ids of what the request makes: should the process die before the answer is kept, the
/// same request makes the same again.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    key: Option<HeaderValue>,
    path: String,
}

impl IdempotencyKey {
    /// The id of the `nth` thing that `caller` makes here with this key, of this content; none where the request has no key.
    pub fn id(&self, caller: Uuid, nth: usize, content: &[u8]) -> Option<Uuid> {
        let key = self.key.as_ref()?;
        let mut hash = Sha256::new();
        for part in [key.as_bytes(), self.path.as_bytes(), caller.as_bytes(), &nth.to_be_bytes(), content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash: [u8; 32] = hash.finalize().into();
        Some(uuid::Builder::from_custom_bytes(*hash.first_chunk()?).into_uuid())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { key: parts.headers.get(&IDEMPOTENCY_KEY).cloned(), path: parts.uri.path().to_owned() })
    }
}

/// Among the extensions of an answer: some of what was asked for failed and is to be tried again with the same key.
#[derive(Clone, Copy, Debug)]
pub struct Unfinished;

/// A layer for routes that create (`axum::middleware::from_fn_with_state(cache, idempotent)`).
pub async fn idempotent(State(cache): State<Arc<dyn Cache>>, request: Request, next: Next) -> Response {
    let serving = serve(cache, request, next);
    // A task of its own: a client that goes away, to come again with the same key, does not undo what it began.
    let task = match RequestId::current() {
        Some(id) => tokio::spawn(async { id.scope(serving).await.0 }),
        None => tokio::spawn(serving),
    };
    match task.await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

async fn serve(cache: Arc<dyn Cache>, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(key) = request.headers().get(&IDEMPOTENCY_KEY).cloned() else {
        return Ok(next.run(request).await);
    };
    let key = key.as_bytes();
    if key.is_empty() || key.len() > LONGEST_KEY {
        let (ru, en) = ("От 1 до 255 знаков.", "From 1 to 255 characters.");
        return Err(Problem::invalid(vec![FieldError::new("Idempotency-Key", "out_of_range", ru, en)]));
    }
    let mut scope = Sha256::new();
    let authorization = request.headers().get(header::AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    for part in [request.method().as_str().as_bytes(), request.uri().path().as_bytes(), authorization, key] {
        scope.update((part.len() as u64).to_be_bytes());
        scope.update(part);
    }
    let place = format!("idempotency:{}", hex(&scope.finalize()));

    // As long as the route takes.
    let (parts, body) = request.with_limited_body().into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "Тело запроса слишком велико.",
            "The body is too large.",
        )
    })?;
    let seal = Seal::new(key, &body);
    if !cache.set_if_absent(&place, &seal.fingerprint, CLAIM).await? {
        return replay(cache.get(&place).await?, &seal);
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    // What the handler did is done: a cache that fails now is told to the log, not to the client.
    let told = |error| tracing::warn!(%error, "an answer cannot be kept for its Idempotency-Key");
    // What was refused or failed may be tried again with the same key.
    if !response.status().is_success() || response.extensions().get::<Unfinished>().is_some() {
        let _ = cache.remove(&place).await.map_err(told);
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| Problem::internal(&error))?;
    if let Some(kept) = seal.close(parts.status, parts.headers.get(header::LOCATION), &body) {
        let _ = cache.set(&place, &kept, KEPT).await.map_err(told);
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(kept: Option<Vec<u8>>, seal: &Seal) -> Result<Response, Problem> {
    let in_progress = || {
        Problem::conflict(
            "request_in_progress",
            "Такой же запрос ещё выполняется; повторите чуть позже.",
            "The same request is still under way; try again shortly.",
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    };
    let kept = kept.ok_or_else(in_progress)?;
    let Some(sealed) = kept.strip_prefix(&seal.fingerprint[..]) else {
        let (ru, en) = ("Ключ уже послан с другим запросом.", "The key was sent with another request.");
        return Err(Problem::invalid(vec![FieldError::new("Idempotency-Key", "key_reused", ru, en)]));
    };
    if sealed.is_empty() {
        return Err(in_progress());
    }
    let kept = seal.open(sealed).ok_or_else(|| Problem::internal(&"a kept answer is damaged"))?;
    let mut response = (kept.status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.extend(kept.location.map(|location| (header::LOCATION, location)));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(&REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// An answer as it is given again.
struct Kept {
    status: StatusCode,
    location: Option<HeaderValue>,
    body: Vec<u8>,
}

/// Tells a request from others, and encrypts its answer.
struct Seal {
    fingerprint: [u8; 32],
    key: [u8; 32],
}

impl Seal {
    fn new(key: &[u8], body: &[u8]) -> Self {
        let hash = |purpose: &[u8]| {
            let mut hash = Sha256::new();
            hash.update(purpose);
            hash.update((key.len() as u64).to_be_bytes());
            hash.update(key);
            hash.update(body);
            hash.finalize().into()
        };
        Self { fingerprint: hash(b"fingerprint"), key: hash(b"encryption") }
    }

    /// Fingerprint, nonce, and the encrypted status, location and body.
    fn close(&self, status: StatusCode, location: Option<&HeaderValue>, body: &Bytes) -> Option<Vec<u8>> {
        let location = location.map_or(&b""[..], HeaderValue::as_bytes);
        let length = u16::try_from(location.len()).ok()?;
        let mut sealed = [&status.as_u16().to_be_bytes()[..], &length.to_be_bytes(), location, body].concat();
        let nonce = self.cipher()?.seal_in_place_append_tag(Aad::empty(), &mut sealed).ok()?;
        Some([&self.fingerprint[..], nonce.as_ref(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> Option<Kept> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = sealed.to_vec();
        let plain = self.cipher()?.open_in_place(Nonce::from(nonce), Aad::empty(), &mut plain).ok()?;
        let (status, plain) = plain.split_first_chunk::<2>()?;
        let (length, plain) = plain.split_first_chunk::<2>()?;
        let (location, body) = plain.split_at_checked(u16::from_be_bytes(*length).into())?;
        Some(Kept {
            status: StatusCode::from_u16(u16::from_be_bytes(*status)).ok()?,
            location: HeaderValue::from_bytes(location).ok().filter(|location| !location.is_empty()),
            body: body.to_vec(),
        })
    }

    fn cipher(&self) -> Option<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.key).ok()
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::{Router, middleware, routing::post};
    use tower::ServiceExt as _;

    use super::*;

    /// How often the handler was reached when the same request came three times.
    async fn reached(route: &str) -> usize {
        let cache = kino_engine::cache::open("memory:").await.unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let whole = async move || count.fetch_add(1, Ordering::Relaxed).to_string();
        let partly = async move || {
            let mut response = counted.fetch_add(1, Ordering::Relaxed).to_string().into_response();
            response.extensions_mut().insert(Unfinished);
            response
        };
        let router = Router::new().route("/whole", post(whole)).route("/partly", post(partly));
        let router = router.layer(middleware::from_fn_with_state(cache, idempotent));
        let mut last = String::new();
        for _ in 0..3 {
            let request = Request::post(route).header(&IDEMPOTENCY_KEY, "k").body(Body::from("{}")).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let body = to_bytes(response.into_body(), 100).await.unwrap();
            last = String::from_utf8(body.to_vec()).unwrap();
        }
        last.parse::<usize>().unwrap() + 1
    }

    #[tokio::test]
    async fn what_is_unfinished_is_gone_on_with_and_what_is_whole_is_not() {
        assert_eq!(reached("/whole").await, 1);
        assert_eq!(reached("/partly").await, 3);
    }

    #[test]
    fn an_id_is_of_a_key_a_path_a_caller_a_place_and_a_content() {
        let at = |path: &str, key| IdempotencyKey { key, path: path.to_owned() };
        let key = |key: &'static str| at("/films", Some(HeaderValue::from_static(key)));
        let (anna, boris) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let id = key("k").id(anna, 0, b"film").unwrap();
        assert_eq!(key("k").id(anna, 0, b"film"), Some(id));
        let others = [
            key("l").id(anna, 0, b"film"),
            at("/persons", Some(HeaderValue::from_static("k"))).id(anna, 0, b"film"),
            key("k").id(boris, 0, b"film"),
            key("k").id(anna, 1, b"film"),
            key("k").id(anna, 0, b"other"),
        ];
        assert!(others.iter().all(|other| other.is_some_and(|other| other != id)), "{others:?}");
        assert_eq!(at("/films", None).id(anna, 0, b"film"), None, "each request makes another");
    }
}
