//! `/account/authenticator`: the app that shows codes for signing in, set up and removed.

use askama::Template;
use axum::response::Response;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use kino_http::ReturnPath;
use serde::Deserialize;

use super::{Room, enter, security};
use crate::{
    api::{
        Trouble,
        second_factor::{self, Proof, Setup, Status},
    },
    csrf::Posted,
    notice::Notice,
    pages::{
        Frame,
        account_form::{Field, Setback},
        trouble,
    },
    policy,
    texts::Texts,
    visit::Visit,
};

pub(crate) const PATH: &str = "/account/authenticator";

#[derive(Template)]
#[template(path = "account/authenticator.html")]
struct AuthenticatorPage {
    frame: Frame,
    room: Room,
    step: Step,
    fields: Vec<Field>,
}

/// How far the app is.
enum Step {
    /// There is none.
    Missing,
    /// It has been given its secret, which is shown this once.
    Given(Setup),
    /// Its first code was wrong; it has the secret already.
    Unconfirmed,
    /// It is set up. The codes for when it is lost are shown this once.
    Codes(Vec<String>),
    /// It is set up.
    Ready(Status),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Beginning {
    password: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FirstCode {
    code: String,
}

pub(crate) async fn page(visit: Visit) -> Response {
    show(visit, None, None).await
}

pub(crate) async fn set_up(Posted { visit, form }: Posted<Beginning>) -> Response {
    match second_factor::set_up(&visit, &form.password).await {
        Ok(setup) => show(visit, Some(Step::Given(setup)), None).await,
        Err(trouble) => show(visit, None, Some(trouble)).await,
    }
}

pub(crate) async fn confirm(Posted { visit, form }: Posted<FirstCode>) -> Response {
    match second_factor::confirm(&visit, &form.code).await {
        Ok(codes) => show(visit, Some(Step::Codes(codes)), None).await,
        Err(Trouble::Refused(problem)) if problem.code.starts_with("totp_") => {
            show(visit, None, Some(Trouble::Refused(problem))).await
        }
        Err(trouble) => show(visit, Some(Step::Unconfirmed), Some(trouble)).await,
    }
}

pub(crate) async fn renew_codes(Posted { visit, form: proof }: Posted<Proof>) -> Response {
    match second_factor::renew_codes(&visit, &proof).await {
        Ok(codes) => show(visit, Some(Step::Codes(codes)), None).await,
        Err(trouble) => show(visit, None, Some(trouble)).await,
    }
}

pub(crate) async fn remove(Posted { visit, form: proof }: Posted<Proof>) -> Response {
    match second_factor::remove(&visit, &proof).await {
        Ok(()) => visit.redirect(&Notice::AppRemoved.on(security::PATH)),
        Err(trouble) => show(visit, None, Some(trouble)).await,
    }
}

/// The page at a step; which one, is asked where it is not known.
async fn show(mut visit: Visit, step: Option<Step>, setback: Option<Trouble>) -> Response {
    visit.here = ReturnPath::or_front(PATH);
    let (visit, frame) = match enter(visit).await {
        Ok(entered) => entered,
        Err(to_sign_in) => return to_sign_in,
    };
    let step = match step {
        Some(step) => step,
        None => match second_factor::status(&visit).await {
            Ok(status) if status.totp => Step::Ready(status),
            Ok(_) => Step::Missing,
            Err(trouble) => return trouble::of(visit, frame, trouble),
        },
    };
    let asks_password = matches!(
        &setback,
        Some(Trouble::Refused(problem))
            if problem.code == "fresh_sign_in_required" || problem.errors.iter().any(|error| error.field == "password")
    );
    let mut fields = step.fields(frame.t, asks_password);
    let setback = setback.map(|trouble| Setback::of(trouble, &mut fields, frame.t));
    let room = Room::new(frame.t, security::PATH, setback);
    let page = AuthenticatorPage { frame, room, step, fields };
    policy::admit_drawing(Setback::answer(page.room.setback.as_ref(), visit, &page))
}

impl Step {
    fn fields(&self, texts: &Texts, asks_password: bool) -> Vec<Field> {
        let t = texts.of_account();
        let password =
            || Field::new("password", texts.password, "password", "").completed_as("current-password");
        let code = || Field::new("code", t.code, "text", "").completed_as("one-time-code");
        match self {
            Self::Missing if asks_password => vec![password()],
            Self::Missing | Self::Codes(_) => Vec::new(),
            Self::Given(_) | Self::Unconfirmed => vec![code()],
            Self::Ready(_) => vec![
                password().optional().with_hint(t.no_password_hint),
                code().optional().with_hint(t.code_instead),
            ],
        }
    }
}

impl Setup {
    /// As a picture: whatever an SVG holds, in an `<img>` it only draws.
    fn qr_src(&self) -> String {
        format!("data:image/svg+xml;base64,{}", BASE64_STANDARD.encode(&self.qr_svg))
    }

    /// For the phone that shows the page itself.
    fn app_href(&self) -> Option<&str> {
        Some(self.otpauth_url.as_str()).filter(|url| url.starts_with("otpauth://"))
    }
}
