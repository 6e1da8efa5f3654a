//! The documentation of a service: `/<path>/openapi.json`, and a page at `/<path>/openapi` where every call can be
//! tried. All of it is in the program; nothing is fetched from elsewhere.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

/// The page loads its own scripts, styles (some within its elements) and pictures, and calls this server.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     base-uri 'self'; frame-ancestors 'none'";

pub(crate) fn router(path: &str, openapi: &OpenApi) -> Router {
    let document: Bytes = openapi.to_pretty_json().unwrap_or_default().into();
    let config = Arc::new(Config::from(format!("/{path}/openapi.json")).try_it_out_enabled(true));
    let base = format!("<head><base href=\"/{path}/openapi/\">");
    let page = {
        let config = Arc::clone(&config);
        move || {
            let (config, base) = (Arc::clone(&config), base.clone());
            async move { file("index.html", config, Some(&base)) }
        }
    };
    Router::new()
        .route(
            &format!("/{path}/openapi.json"),
            get(async move || {
                ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document)
            }),
        )
        .route(&format!("/{path}/openapi"), get(page))
        .route(
            &format!("/{path}/openapi/{{file}}"),
            get(async move |Path(name): Path<String>| file(&name, config, None)),
        )
}

/// A file of the page. Its own links are relative, and the page answers without a trailing slash: hence the base.
fn file(name: &str, config: Arc<Config<'static>>, base: Option<&str>) -> Response {
    match utoipa_swagger_ui::serve(name, config) {
        Ok(Some(file)) => {
            let bytes = match base {
                Some(base) => String::from_utf8_lossy(&file.bytes).replacen("<head>", base, 1).into_bytes(),
                None => file.bytes.into_owned(),
            };
            let headers = [
                (header::CONTENT_TYPE, file.content_type),
                (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.to_owned()),
            ];
            (headers, bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => kino_http::Problem::internal(&error).into_response(),
    }
}
