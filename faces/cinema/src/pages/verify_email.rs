//! `/email/verify?token=`: who follows the link of a letter confirms that the address is theirs. Opening the page spends
//! nothing: programs that look for bad links in letters open it too.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use kino_http::ReturnPath;

use super::{
    Frame,
    account::profile,
    account_form::{AccountForm, Field, Setback},
    reset_password::FromLetter,
};
use crate::{api::passwords, csrf::Posted, notice::Notice, policy, visit::Visit};

pub(crate) const PATH: &str = "/email/verify";

pub(crate) async fn page(visit: Visit, link: Result<Query<FromLetter>, QueryRejection>) -> Response {
    let token = link.unwrap_or_default().0.token;
    let frame = visit.frame().await;
    policy::hide_address(form(frame, &token).answer(visit, None))
}

pub(crate) async fn submit(Posted { visit, form: link }: Posted<FromLetter>) -> Response {
    let trouble = match passwords::verify_email(&visit, &link.token).await {
        Ok(()) => return visit.redirect(&Notice::EmailVerified.on("/")),
        Err(trouble) => trouble,
    };
    let setback = Setback::of(trouble, &mut [], visit.texts());
    let frame = visit.frame().await;
    form(frame, &link.token).answer(visit, Some(setback))
}

fn form(frame: Frame, token: &str) -> AccountForm {
    // Not back here: the address would carry the token along.
    let next = ReturnPath::front();
    let (t, frame) = (frame.t.of_account(), frame.leading_to(&next));
    AccountForm {
        heading: t.verify_heading,
        text: t.verify_text,
        action: PATH,
        other: (t.new_letter_in, profile::PATH.to_owned(), t.profile),
        button: t.verify,
        alert: None,
        passkey_script: None,
        providers: Vec::new(),
        fields: vec![Field::hidden("token", token)],
        next,
        frame,
    }
}
