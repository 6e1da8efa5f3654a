//! `/account/passkeys`: a viewer's passkeys, to add to and to remove from.

use askama::Template;
use axum::{
    extract::{Path, rejection::PathRejection},
    response::Response,
};
use chrono::{DateTime, Utc};
use kino_http::ReturnPath;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Frame,
    account::{self, Room, security},
    account_form::Setback,
    ceremony, trouble,
};
use crate::{
    api::{
        Trouble,
        passkeys::{self, Answer, Passkey},
    },
    assets,
    csrf::Posted,
    policy,
    visit::Visit,
};

pub(crate) const PATH: &str = "/account/passkeys";

#[derive(Template)]
#[template(path = "passkeys.html")]
struct PasskeysPage {
    frame: Frame,
    room: Room,
    script_src: String,
    passkeys: Vec<Passkey>,
    /// Whether the password is asked for: the sign-in was a while ago.
    asks_password: bool,
}

/// A passkey to be added.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Addition {
    #[serde(flatten)]
    answer: Answer,
    name: String,
    password: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Removal {
    password: String,
}

pub(crate) async fn page(visit: Visit) -> Response {
    show(visit, None).await
}

/// What to ask the browser, for the script.
pub(crate) async fn options(Posted { visit, form }: Posted<Addition>) -> Response {
    let begun = passkeys::begin(&visit, &form.password).await;
    ceremony::answer(visit, begun)
}

pub(crate) async fn add(Posted { visit, form }: Posted<Addition>) -> Response {
    let name = Some(form.name.trim()).filter(|name| !name.is_empty());
    let added = passkeys::add(&visit, &form.answer, name).await;
    done(visit, added).await
}

pub(crate) async fn remove(
    id: Result<Path<Uuid>, PathRejection>,
    Posted { visit, form }: Posted<Removal>,
) -> Response {
    let Ok(Path(id)) = id else { return trouble::no_such_page(visit).await };
    match passkeys::remove(&visit, id, &form.password).await {
        // Removed before, perhaps in another tab: as it should be.
        Err(Trouble::Refused(problem)) if problem.code == "passkey_not_found" => done(visit, Ok(())).await,
        removed => done(visit, removed).await,
    }
}

/// Back to the page: by itself where all went well, so that reloading it sends nothing again.
async fn done(mut visit: Visit, outcome: Result<(), Trouble>) -> Response {
    visit.here = ReturnPath::or_front(PATH);
    match outcome {
        Ok(()) => {
            let here = visit.here.clone();
            visit.redirect(&here)
        }
        Err(trouble) => show(visit, Some(trouble)).await,
    }
}

async fn show(visit: Visit, setback: Option<Trouble>) -> Response {
    let (visit, frame) = match account::enter(visit).await {
        Ok(entered) => entered,
        Err(to_sign_in) => return to_sign_in,
    };
    let passkeys = match passkeys::list(&visit).await {
        Ok(passkeys) => passkeys,
        Err(trouble) => return trouble::of(visit, frame, trouble),
    };
    let asks_password = matches!(
        &setback,
        Some(Trouble::Refused(problem))
            if problem.code == "fresh_sign_in_required"
                || problem.errors.iter().any(|error| error.field == "password")
    );
    let setback = setback.map(|trouble| Setback::of(trouble, &mut [], frame.t));
    let room = Room::new(frame.t, security::PATH, setback);
    let script_src = assets::passkey_script_src();
    let page = PasskeysPage { frame, room, script_src, passkeys, asks_password };
    policy::admit_script(Setback::answer(page.room.setback.as_ref(), visit, &page))
}

impl PasskeysPage {
    fn day(&self, moment: &DateTime<Utc>) -> String {
        self.frame.t.day(*moment)
    }
}
