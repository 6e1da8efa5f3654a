//! `/roles`, `/permissions`: what roles there are and what they allow.

mod change;
mod delete;
mod list;
mod make;
mod one;
mod permissions;
mod problems;
mod view;

use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) use problems::{no_such_role, within_own};

use crate::Auth;

/// The routes that create: safe to repeat with an `Idempotency-Key`.
pub(crate) fn creating() -> OpenApiRouter<Auth> {
    OpenApiRouter::new().routes(routes!(make::make))
}

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(one::one, change::change, delete::delete))
        .routes(routes!(permissions::permissions))
}
