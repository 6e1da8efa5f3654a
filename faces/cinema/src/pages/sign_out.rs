//! `/logout`: the session ends, here and at the accounts.

use axum::response::Response;
use kino_http::ReturnPath;
use serde::Deserialize;

use crate::{
    api::{self, Trouble},
    csrf::Posted,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    next: String,
}

pub(crate) async fn submit(Posted { visit, form }: Posted<Wish>) -> Response {
    if let Err(Trouble::Unavailable { .. }) = api::sign_out(&visit).await {
        // Whoever leaves a shared computer must be out of it; the tokens themselves run out in time.
        tracing::warn!("a session ended in the browser but not at the accounts");
    }
    visit.session.end().await;
    visit.redirect(&ReturnPath::or_front(&form.next))
}
