//! `/users`: accounts and their roles.

mod block;
mod close;
mod delete;
mod details;
mod export;
mod find;
mod has_permission;
mod me;
mod password;
mod profile;
mod roles;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::sessions::history;
use crate::Auth;

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::new()
        .routes(routes!(find::find))
        .routes(routes!(me::me, profile::change, close::close))
        .routes(routes!(export::export))
        .routes(routes!(details::details, delete::delete))
        .routes(routes!(block::block))
        .routes(routes!(block::unblock))
        .routes(routes!(roles::give, roles::take))
        .routes(routes!(history::of_user))
        .routes(routes!(has_permission::has_permission))
        .routes(routes!(password::change))
}
