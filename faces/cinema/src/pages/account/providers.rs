//! `/account/providers`: other services to sign in with, linked and unlinked. The forms are on the page of security.

use askama::Template;
use axum::{
    extract::{Path, rejection::PathRejection},
    response::Response,
};
use http::{StatusCode, header};
use serde::de::IgnoredAny;

use super::{Room, enter, security};
use crate::{
    api::social::{self, Departure},
    csrf::Posted,
    notice::Notice,
    pages::{Frame, trouble},
};

/// Leads on by itself. A plain redirect would not: browsers hold a form to the addresses that its page may send forms to,
/// and a provider's is none of them.
#[derive(Template)]
#[template(path = "account/leaving.html")]
struct LeavingPage {
    frame: Frame,
    room: Room,
    url: String,
}

pub(crate) async fn link(
    provider: Result<Path<String>, PathRejection>,
    Posted { visit, .. }: Posted<IgnoredAny>,
) -> Response {
    let Ok(Path(provider)) = provider else { return trouble::no_such_page(visit).await };
    let Departure { url, cookies } = match social::link(&visit, &provider, security::PATH).await {
        Ok(departure) => departure,
        Err(trouble) => return security::done(visit, Notice::Unlinked, Err(trouble)).await,
    };
    let (visit, frame) = match enter(visit).await {
        Ok(entered) => entered,
        Err(to_sign_in) => return to_sign_in,
    };
    let room = Room::new(frame.t, security::PATH, None);
    let mut response = visit.page(StatusCode::OK, &LeavingPage { frame, room, url });
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

pub(crate) async fn unlink(
    provider: Result<Path<String>, PathRejection>,
    Posted { visit, .. }: Posted<IgnoredAny>,
) -> Response {
    let Ok(Path(provider)) = provider else { return trouble::no_such_page(visit).await };
    let unlinked = social::unlink(&visit, &provider).await;
    security::done(visit, Notice::Unlinked, unlinked).await
}
