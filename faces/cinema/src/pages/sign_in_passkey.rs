//! `/login/passkey`: a visitor signs in with a passkey. The form is on the page of signing in.

use axum::response::Response;
use kino_http::ReturnPath;
use serde::Deserialize;

use super::{ceremony, sign_in};
use crate::{
    api::passkeys::{self, Answer},
    csrf::Posted,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Signature {
    #[serde(flatten)]
    answer: Answer,
    next: String,
}

/// What to ask the browser, for the script.
pub(crate) async fn options(Posted { visit, .. }: Posted<Signature>) -> Response {
    let begun = passkeys::begin_sign_in(&visit).await;
    ceremony::answer(visit, begun)
}

pub(crate) async fn submit(Posted { visit, form: signature }: Posted<Signature>) -> Response {
    let next = ReturnPath::or_front(&signature.next);
    match passkeys::sign_in(&visit, &signature.answer).await {
        Ok(tokens) => {
            visit.session.begin(tokens).await;
            visit.redirect(&next)
        }
        Err(trouble) => sign_in::again(visit, "", next, trouble).await,
    }
}
