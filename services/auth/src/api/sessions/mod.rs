//! `/sessions`: registering, signing in and out; devices and the history of sign-ins.

mod end;
pub(super) mod history;
mod list;
mod login;
mod logout;
mod logout_all;
mod mfa;
mod refresh;
mod register;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use register::UserResponse;

use crate::Auth;

/// The routes that create: safe to repeat with an `Idempotency-Key`.
pub(crate) fn creating() -> OpenApiRouter<Auth> {
    OpenApiRouter::new().routes(routes!(register::register))
}

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::new()
        .routes(routes!(login::login))
        .routes(routes!(mfa::mfa))
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::logout))
        .routes(routes!(logout_all::logout_all))
        .routes(routes!(list::list))
        .routes(routes!(end::end))
        .routes(routes!(history::own))
}
