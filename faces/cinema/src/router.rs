//! The routes of the site, and the headers that every answer carries.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    response::Response,
    routing::{get, post},
};
use http::{HeaderValue, header};

use crate::{
    Cinema, assets,
    pages::{browse, film, language, poster, register, sign_in, sign_out, trouble},
};

/// The largest form that is read, in bytes: the fields of the largest one, thrice over.
const FORM_LIMIT: usize = 16 * 1024;

/// What a page may load and do: its own style, its own pictures, its own forms. No script at all.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The site.
pub fn router(cinema: Cinema) -> Router {
    Router::new()
        .route("/", get(browse::page))
        .route("/films/{id}", get(film::page))
        .route("/posters/{id}", get(poster::picture))
        .route("/login", get(sign_in::page).post(sign_in::submit))
        .route("/register", get(register::page).post(register::submit))
        .route("/logout", post(sign_out::submit))
        .route("/language", post(language::submit))
        .route(assets::STYLE_PATH, get(assets::style))
        .route(assets::ICON_PATH, get(assets::icon))
        .fallback(trouble::no_such_page)
        .method_not_allowed_fallback(trouble::wrong_method)
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(middleware::map_response(guarded))
        .with_state(cinema)
}

async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Pages show who is signed in and carry their form tokens; files say themselves how long they keep.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}
