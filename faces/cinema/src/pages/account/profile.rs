//! `/account`: the profile.

use askama::Template;
use axum::response::Response;
use kino_http::ReturnPath;
use serde::de::IgnoredAny;

use super::{Room, enter};
use crate::{
    api::{
        Trouble,
        account::{self, Changes, Profile},
        passwords,
    },
    csrf::Posted,
    notice::Notice,
    pages::{
        Frame,
        account_form::{Field, Setback},
        trouble,
    },
    texts::Texts,
    visit::Visit,
};

pub(crate) const PATH: &str = "/account";

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage {
    frame: Frame,
    room: Room,
    profile: Profile,
    fields: Vec<Field>,
}

pub(crate) async fn page(visit: Visit) -> Response {
    show(visit, None, None).await
}

pub(crate) async fn submit(Posted { mut visit, form: changes }: Posted<Changes>) -> Response {
    visit.here = ReturnPath::or_front(PATH);
    match account::change(&visit, &changes).await {
        Ok(()) => visit.redirect(&Notice::ProfileSaved.on(PATH)),
        Err(trouble) => show(visit, Some(changes), Some(trouble)).await,
    }
}

/// The letter that verifies the address, once more.
pub(crate) async fn send_verification(Posted { mut visit, .. }: Posted<IgnoredAny>) -> Response {
    visit.here = ReturnPath::or_front(PATH);
    match passwords::send_verification(&visit).await {
        Ok(()) => visit.redirect(&Notice::EmailSent.on(PATH)),
        Err(trouble) => show(visit, None, Some(trouble)).await,
    }
}

async fn show(visit: Visit, typed: Option<Changes>, setback: Option<Trouble>) -> Response {
    let (visit, frame) = match enter(visit).await {
        Ok(entered) => entered,
        Err(to_sign_in) => return to_sign_in,
    };
    let profile = match account::profile(&visit).await {
        Ok(profile) => profile,
        Err(trouble) => return trouble::of(visit, frame, trouble),
    };
    let mut fields = fields(frame.t, &typed.unwrap_or_else(|| Changes::none(&profile)));
    let setback = setback.map(|trouble| Setback::of(trouble, &mut fields, frame.t));
    let room = Room::new(frame.t, PATH, setback);
    let page = ProfilePage { frame, room, profile, fields };
    Setback::answer(page.room.setback.as_ref(), visit, &page)
}

impl Changes {
    /// The profile as it is.
    fn none(profile: &Profile) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            username: profile.username.clone(),
            email: profile.email.clone(),
            current_password: String::new(),
            first_name: text(&profile.first_name),
            last_name: text(&profile.last_name),
            timezone: text(&profile.timezone),
            language: profile.language.map_or("", |language| language.tag()).to_owned(),
        }
    }
}

fn fields(texts: &Texts, typed: &Changes) -> Vec<Field> {
    let t = texts.of_account();
    vec![
        Field::new("username", texts.username, "text", &typed.username).of_length(3, 30, texts.username_hint),
        Field::new("email", texts.email, "email", &typed.email),
        Field::new("current_password", t.current_password, "password", "")
            .completed_as("current-password")
            .optional()
            .with_hint(t.only_for_email),
        Field::new("first_name", texts.first_name, "text", &typed.first_name)
            .completed_as("given-name")
            .optional(),
        Field::new("last_name", texts.last_name, "text", &typed.last_name)
            .completed_as("family-name")
            .optional(),
        Field::new("timezone", t.timezone, "text", &typed.timezone)
            .completed_as("off")
            .optional()
            .with_hint(t.timezone_hint),
        Field::new("language", t.letters_language, "select", &typed.language).one_of(vec![
            ("", t.not_chosen),
            ("ru", "Русский"),
            ("en", "English"),
        ]),
    ]
}
