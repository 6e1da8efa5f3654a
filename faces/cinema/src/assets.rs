//! The files of the site: its style, its icon, its one script, compiled in. Their addresses carry a hash of what is in them, so
//! that a new version is fetched at once.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kino_http::is_known_to_client;
use sha2::{Digest as _, Sha256};

pub(crate) const STYLE_PATH: &str = "/assets/site.css";
pub(crate) const ICON_PATH: &str = "/assets/icon.svg";
pub(crate) const PASSKEY_SCRIPT_PATH: &str = "/assets/passkey.js";

const STYLE: &str = include_str!("../assets/site.css");
const ICON: &str = include_str!("../assets/icon.svg");
const PASSKEY_SCRIPT: &str = include_str!("../assets/passkey.js");

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| hash(STYLE));
static ICON_HASH: LazyLock<String> = LazyLock::new(|| hash(ICON));
static PASSKEY_SCRIPT_HASH: LazyLock<String> = LazyLock::new(|| hash(PASSKEY_SCRIPT));

/// The address of the style.
pub(crate) fn style_href() -> String {
    format!("{STYLE_PATH}?v={}", *STYLE_HASH)
}

/// The address of the icon.
pub(crate) fn icon_href() -> String {
    format!("{ICON_PATH}?v={}", *ICON_HASH)
}

/// The address of the script of passkeys.
pub(crate) fn passkey_script_src() -> String {
    format!("{PASSKEY_SCRIPT_PATH}?v={}", *PASSKEY_SCRIPT_HASH)
}

pub(crate) async fn style(headers: HeaderMap) -> Response {
    file("text/css; charset=utf-8", STYLE, &STYLE_HASH, &headers)
}

pub(crate) async fn icon(headers: HeaderMap) -> Response {
    file("image/svg+xml", ICON, &ICON_HASH, &headers)
}

pub(crate) async fn passkey_script(headers: HeaderMap) -> Response {
    file("text/javascript; charset=utf-8", PASSKEY_SCRIPT, &PASSKEY_SCRIPT_HASH, &headers)
}

fn file(content_type: &'static str, content: &'static str, hash: &str, headers: &HeaderMap) -> Response {
    let etag = HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    let known = is_known_to_client(headers, &etag);
    let caching =
        [(header::ETAG, etag), (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"))];
    if known {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, content_type)], content).into_response()
}

fn hash(content: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(content.as_bytes())[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_needs_nothing_that_the_content_security_policy_forbids() {
        for forbidden in ["@import", "url(", "data:", "http:", "https:"] {
            assert!(!STYLE.contains(forbidden), "{forbidden}");
        }
    }
}
