//! `/account/history`: who signed in to the account, or tried to.

use askama::Template;
use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;

use super::{Room, device, enter};
use crate::{
    api::sessions::{self, SignIn},
    pages::{Frame, trouble},
    visit::Visit,
};

pub(crate) const PATH: &str = "/account/history";
const PAGE_SIZE: u64 = 20;
/// The page number that the services can count to, with room to spare.
const LAST_PAGE: u64 = 1_000_000;

#[derive(Template)]
#[template(path = "account/history.html")]
struct HistoryPage {
    frame: Frame,
    room: Room,
    sign_ins: Vec<SignIn>,
    page: u64,
    pages: u64,
}

/// Which page: what makes no sense is the first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    page: String,
}

pub(crate) async fn page(visit: Visit, wish: Result<Query<Wish>, QueryRejection>) -> Response {
    let page = wish.unwrap_or_default().0.page.parse().unwrap_or(1).clamp(1, LAST_PAGE);
    let (visit, frame) = match enter(visit).await {
        Ok(entered) => entered,
        Err(to_sign_in) => return to_sign_in,
    };
    let found = match sessions::history(&visit, page, PAGE_SIZE).await {
        Ok(found) => found,
        Err(trouble) => return trouble::of(visit, frame, trouble),
    };
    let room = Room::new(frame.t, PATH, None);
    let pages = found.total.div_ceil(PAGE_SIZE).max(1);
    visit.page(StatusCode::OK, &HistoryPage { frame, room, sign_ins: found.items, page, pages })
}

impl HistoryPage {
    fn name_of(&self, sign_in: &SignIn) -> String {
        let name = device::name(&sign_in.user_agent);
        if name.is_empty() { self.room.t.unknown_device.to_owned() } else { name }
    }

    /// The page before this one; the last, for who went past it.
    fn previous(&self) -> Option<u64> {
        (self.page > 1).then(|| (self.page - 1).min(self.pages))
    }

    fn next(&self) -> Option<u64> {
        (self.page < self.pages).then_some(self.page + 1)
    }
}
