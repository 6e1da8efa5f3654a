//! `/social`: signing in at a provider, and linking what it knows someone as to an account.

mod asker;
mod callback;
mod links;
mod list;
mod login;
mod unlink;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Auth;

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(links::links))
        .routes(routes!(unlink::unlink))
        .routes(routes!(login::login))
        .routes(routes!(callback::callback))
}
