//! `/account/security`: the password, the devices that are signed in, and the ways to sign in.

use askama::Template;
use axum::{
    extract::{Path, rejection::PathRejection},
    response::Response,
};
use kino_http::ReturnPath;
use serde::{Deserialize, de::IgnoredAny};
use uuid::Uuid;

use super::{Room, authenticator, device, enter};
use crate::{
    api::{
        Trouble, passwords, second_factor,
        sessions::{self, Device},
        social::{self, Link, Provider},
    },
    csrf::Posted,
    notice::Notice,
    pages::{
        Frame,
        account_form::{Field, Setback},
        passkeys, trouble,
    },
    texts::Texts,
    visit::Visit,
};

pub(crate) const PATH: &str = "/account/security";

#[derive(Template)]
#[template(path = "account/security.html")]
struct SecurityPage {
    frame: Frame,
    room: Room,
    fields: Vec<Field>,
    devices: Vec<Device>,
    has_app: bool,
    links: Vec<Link>,
    /// Those that are not linked.
    providers: Vec<Provider>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewPassword {
    current_password: String,
    new_password: String,
}

pub(crate) async fn page(visit: Visit) -> Response {
    show(visit, None).await
}

pub(crate) async fn change_password(Posted { visit, form }: Posted<NewPassword>) -> Response {
    let changed = passwords::change(&visit, &form.current_password, &form.new_password).await;
    done(visit, Notice::PasswordChanged, changed).await
}

pub(crate) async fn end_session(
    id: Result<Path<Uuid>, PathRejection>,
    Posted { visit, .. }: Posted<IgnoredAny>,
) -> Response {
    let Ok(Path(id)) = id else { return trouble::no_such_page(visit).await };
    let ended = match sessions::end(&visit, id).await {
        // Ended before, perhaps by itself: as it should be.
        Err(Trouble::Refused(problem)) if problem.code == "session_not_found" => Ok(()),
        ended => ended,
    };
    done(visit, Notice::SessionEnded, ended).await
}

pub(crate) async fn end_others(Posted { visit, .. }: Posted<IgnoredAny>) -> Response {
    let ended = sessions::end_others(&visit).await;
    done(visit, Notice::OthersEnded, ended).await
}

/// Back to the page: by itself where all went well, so that reloading it sends nothing again.
pub(super) async fn done(mut visit: Visit, notice: Notice, outcome: Result<(), Trouble>) -> Response {
    visit.here = ReturnPath::or_front(PATH);
    match outcome {
        Ok(()) => visit.redirect(&notice.on(PATH)),
        Err(trouble) => show(visit, Some(trouble)).await,
    }
}

pub(super) async fn show(visit: Visit, setback: Option<Trouble>) -> Response {
    let (visit, frame) = match enter(visit).await {
        Ok(entered) => entered,
        Err(to_sign_in) => return to_sign_in,
    };
    let (devices, second_factor) =
        match tokio::try_join!(sessions::devices(&visit), second_factor::status(&visit)) {
            Ok(answers) => answers,
            Err(trouble) => return trouble::of(visit, frame, trouble),
        };
    let (links, mut providers) = tokio::join!(social::links(&visit), social::providers(&visit));
    providers.retain(|provider| links.iter().all(|link| link.provider != provider.name));
    let mut fields = fields(frame.t);
    let setback = setback.map(|trouble| Setback::of(trouble, &mut fields, frame.t));
    let room = Room::new(frame.t, PATH, setback);
    let page = SecurityPage { frame, room, fields, devices, has_app: second_factor.totp, links, providers };
    Setback::answer(page.room.setback.as_ref(), visit, &page)
}

impl SecurityPage {
    fn name_of(&self, device: &Device) -> String {
        let name = device::name(&device.user_agent);
        if name.is_empty() { self.room.t.unknown_device.to_owned() } else { name }
    }
}

fn fields(texts: &Texts) -> Vec<Field> {
    let t = texts.of_account();
    vec![
        Field::new("current_password", t.current_password, "password", "")
            .completed_as("current-password")
            .optional()
            .with_hint(t.no_password_hint),
        Field::new("new_password", t.new_password, "password", "").completed_as("new-password").of_length(
            8,
            128,
            texts.password_hint,
        ),
    ]
}
