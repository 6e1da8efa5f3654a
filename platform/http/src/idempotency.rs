//! `Idempotency-Key`: a POST that creates, sent twice with the same key, creates once and answers alike.
//!
//! The answer is kept in the cache for a day, encrypted under a key made of the request itself: it may hold tokens,
//! and only who can repeat the request can read it.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use kino_engine::Cache;
use sha2::{Digest as _, Sha256};

use crate::{BODY_LIMIT, FieldError, Problem, RequestId};

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
static REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const LONGEST_KEY: usize = 255;
const KEPT: Duration = Duration::from_hours(24);
/// A claim without an answer ends by itself, should the process die meanwhile.
const CLAIM: Duration = Duration::from_mins(1);

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

    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| {
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
    if !response.status().is_success() {
        let _ = cache.remove(&place).await.map_err(told);
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| Problem::internal(&error))?;
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
