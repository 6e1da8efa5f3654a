//! `/password/reset?token=`: who follows the link of a letter chooses a new password.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use kino_http::ReturnPath;
use serde::Deserialize;

use super::{
    Frame,
    account_form::{AccountForm, Field, Setback},
    forgot_password,
};
use crate::{api::passwords, csrf::Posted, notice::Notice, policy, texts::Texts, visit::Visit};

pub(crate) const PATH: &str = "/password/reset";

/// The link of a letter.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct FromLetter {
    pub(crate) token: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    token: String,
    new_password: String,
}

pub(crate) async fn page(visit: Visit, link: Result<Query<FromLetter>, QueryRejection>) -> Response {
    let token = link.unwrap_or_default().0.token;
    let frame = visit.frame().await;
    let fields = fields(frame.t, &token);
    policy::hide_address(form(frame, fields).answer(visit, None))
}

pub(crate) async fn submit(Posted { visit, form: choice }: Posted<Choice>) -> Response {
    let trouble = match passwords::reset(&visit, &choice.token, &choice.new_password).await {
        Ok(()) => return visit.redirect(&Notice::PasswordReset.on("/login")),
        Err(trouble) => trouble,
    };
    let mut fields = fields(visit.texts(), &choice.token);
    let setback = Setback::of(trouble, &mut fields, visit.texts());
    let frame = visit.frame().await;
    form(frame, fields).answer(visit, Some(setback))
}

fn fields(texts: &Texts, token: &str) -> Vec<Field> {
    let t = texts.of_account();
    vec![
        Field::hidden("token", token),
        Field::new("new_password", t.new_password, "password", "").completed_as("new-password").of_length(
            8,
            128,
            texts.password_hint,
        ),
    ]
}

fn form(frame: Frame, fields: Vec<Field>) -> AccountForm {
    // Not back here: the address would carry the token along.
    let next = ReturnPath::front();
    let (t, frame) = (frame.t.of_account(), frame.leading_to(&next));
    AccountForm {
        heading: t.forgot_heading,
        text: t.reset_text,
        action: PATH,
        other: (t.link_old, forgot_password::PATH.to_owned(), t.another_letter),
        button: t.set_password,
        alert: None,
        passkey_script: None,
        providers: Vec::new(),
        fields,
        next,
        frame,
    }
}
