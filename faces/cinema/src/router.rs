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
        account::{authenticator, data, history, profile, providers, security},
        browse, film, forgot_password, language, passkeys, poster, register, reset_password, second_factor,
        sign_in, sign_in_passkey, sign_out, trouble, verify_email,
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
        .route(forgot_password::PATH, get(forgot_password::page).post(forgot_password::submit))
        .route(reset_password::PATH, get(reset_password::page).post(reset_password::submit))
        .route(verify_email::PATH, get(verify_email::page).post(verify_email::submit))
        .route(profile::PATH, get(profile::page).post(profile::submit))
        .route("/account/verification", post(profile::send_verification))
        .route(security::PATH, get(security::page))
        .route("/account/password", post(security::change_password))
        .route("/account/sessions/end-others", post(security::end_others))
        .route("/account/sessions/{id}/end", post(security::end_session))
        .route("/account/providers/{name}/link", post(providers::link))
        .route("/account/providers/{name}/unlink", post(providers::unlink))
        .route(authenticator::PATH, get(authenticator::page).post(authenticator::set_up))
        .route("/account/authenticator/confirm", post(authenticator::confirm))
        .route("/account/authenticator/codes", post(authenticator::renew_codes))
        .route("/account/authenticator/remove", post(authenticator::remove))
        .route(history::PATH, get(history::page))
        .route(data::PATH, get(data::page))
        .route("/account/data/export", post(data::export))
        .route("/account/data/close", post(data::close))
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
