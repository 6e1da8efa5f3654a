//! What a page may load and do, as browsers enforce it: its own style, its own pictures, its own forms. A script, its own
//! too, on the few pages that need one.

use axum::response::Response;
use http::{HeaderValue, header};

const PLAIN: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";
const WITH_SCRIPT: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
     img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const WITH_DRAWING: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Lets a page hold a picture that is drawn for it alone, and so has no address.
pub(crate) fn admit_drawing(mut page: Response) -> Response {
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WITH_DRAWING));
    page
}

/// Lets a page have the site's script.
pub(crate) fn admit_script(mut page: Response) -> Response {
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WITH_SCRIPT));
    page
}

/// Keeps the address of a page, which carries a secret, out of every request that it leads to, this site's own among them.
/// (With `no-referrer` browsers would keep back the origin too, which forms are checked by.)
pub(crate) fn hide_address(mut page: Response) -> Response {
    page.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    page
}

/// Guards an answer of the site.
pub(crate) async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PLAIN));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Pages show who is signed in and carry their form tokens; files say themselves how long they keep.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}
