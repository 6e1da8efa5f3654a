//! `/account/data`: all that is kept of a viewer, to take along; and the end of the account.

use askama::Template;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use kino_http::ReturnPath;
use serde::{Deserialize, de::IgnoredAny};

use super::{Room, enter};
use crate::{
    api::{Trouble, account},
    csrf::Posted,
    notice::Notice,
    pages::{
        Frame,
        account_form::{Field, Setback},
    },
    texts::Texts,
    visit::Visit,
};

pub(crate) const PATH: &str = "/account/data";

#[derive(Template)]
#[template(path = "account/data.html")]
struct DataPage {
    frame: Frame,
    room: Room,
    fields: Vec<Field>,
}

/// The wish to close the account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Farewell {
    password: String,
    /// Ticked, it is there.
    sure: Option<String>,
}

/// What keeps a form from doing what it should.
enum Snag {
    NotSure,
    Trouble(Trouble),
}

pub(crate) async fn page(visit: Visit) -> Response {
    show(visit, None).await
}

/// The file, as it comes.
pub(crate) async fn export(Posted { mut visit, .. }: Posted<IgnoredAny>) -> Response {
    visit.here = ReturnPath::or_front(PATH);
    // Settles the session: what is handed on as it comes cannot be asked for twice.
    let (visit, _) = match enter(visit).await {
        Ok(entered) => entered,
        Err(to_sign_in) => return to_sign_in,
    };
    let (parts, body) = match account::export(&visit).await {
        Ok(file) => file.into_parts(),
        Err(trouble) => return show(visit, Some(Snag::Trouble(trouble))).await,
    };
    let mut response = Response::new(body);
    for name in [header::CONTENT_TYPE, header::CONTENT_DISPOSITION] {
        copy(&parts.headers, response.headers_mut(), &name);
    }
    visit.seal(response)
}

pub(crate) async fn close(Posted { mut visit, form }: Posted<Farewell>) -> Response {
    visit.here = ReturnPath::or_front(PATH);
    if form.sure.is_none() {
        return show(visit, Some(Snag::NotSure)).await;
    }
    match account::close(&visit, &form.password).await {
        Ok(()) => {
            visit.session.end().await;
            visit.redirect(&Notice::AccountClosed.on("/"))
        }
        Err(trouble) => show(visit, Some(Snag::Trouble(trouble))).await,
    }
}

fn copy(from: &HeaderMap, to: &mut HeaderMap, name: &header::HeaderName) {
    if let Some(value) = from.get(name) {
        to.insert(name, value.clone());
    }
}

async fn show(visit: Visit, snag: Option<Snag>) -> Response {
    let (visit, frame) = match enter(visit).await {
        Ok(entered) => entered,
        Err(to_sign_in) => return to_sign_in,
    };
    let mut fields = fields(frame.t);
    let setback = snag.map(|snag| match snag {
        Snag::NotSure => Setback::new(StatusCode::UNPROCESSABLE_ENTITY, frame.t.of_account().tick_first),
        Snag::Trouble(trouble) => Setback::of(trouble, &mut fields, frame.t),
    });
    let room = Room::new(frame.t, PATH, setback);
    let page = DataPage { frame, room, fields };
    Setback::answer(page.room.setback.as_ref(), visit, &page)
}

fn fields(texts: &Texts) -> Vec<Field> {
    let t = texts.of_account();
    vec![
        Field::new("password", texts.password, "password", "")
            .completed_as("current-password")
            .optional()
            .with_hint(t.no_password_hint),
    ]
}
