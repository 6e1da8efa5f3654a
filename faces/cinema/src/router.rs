//! The routes of the site.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};

use crate::{
    Cinema, assets,
    pages::{
        browse, film, language, passkeys, poster, register, second_factor, sign_in, sign_in_passkey,
        sign_out, trouble,
    },
    policy,
};

/// The largest form that is read, in bytes: the fields of the largest one, thrice over.
const FORM_LIMIT: usize = 16 * 1024;

/// The site.
pub fn router(cinema: Cinema) -> Router {
    Router::new()
        .route("/", get(browse::page))
        .route("/films/{id}", get(film::page))
        .route("/posters/{id}", get(poster::picture))
        .route("/login", get(sign_in::page).post(sign_in::submit))
        .route("/login/passkey", post(sign_in_passkey::submit))
        .route("/login/passkey/options", post(sign_in_passkey::options))
        .route("/account/passkeys", get(passkeys::page).post(passkeys::add))
        .route("/account/passkeys/options", post(passkeys::options))
        .route("/account/passkeys/{id}/remove", post(passkeys::remove))
        .route(second_factor::PATH, get(second_factor::page).post(second_factor::submit))
        .route("/register", get(register::page).post(register::submit))
        .route("/logout", post(sign_out::submit))
        .route("/language", post(language::submit))
        .route(assets::STYLE_PATH, get(assets::style))
        .route(assets::PASSKEY_SCRIPT_PATH, get(assets::passkey_script))
        .route(assets::ICON_PATH, get(assets::icon))
        .fallback(trouble::no_such_page)
        .method_not_allowed_fallback(trouble::wrong_method)
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(middleware::map_response(policy::guard))
        .with_state(cinema)
}
