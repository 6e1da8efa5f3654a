//! `/password/forgot`: a letter with a link to choose a new password.

use axum::response::Response;
use kino_http::ReturnPath;
use serde::Deserialize;

use super::{
    Frame,
    account_form::{AccountForm, Field, Setback},
};
use crate::{api::passwords, csrf::Posted, notice::Notice, texts::Texts, visit::Visit};

pub(crate) const PATH: &str = "/password/forgot";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Request {
    email: String,
}

pub(crate) async fn page(visit: Visit) -> Response {
    let frame = visit.frame().await;
    let fields = fields(frame.t, "");
    form(frame, fields).answer(visit, None)
}

pub(crate) async fn submit(Posted { mut visit, form: request }: Posted<Request>) -> Response {
    let trouble = match passwords::forgot(&visit, request.email.trim()).await {
        // Says nothing of whether there is such an account, as the accounts do not.
        Ok(()) => return visit.redirect(&Notice::ResetSent.on("/login")),
        Err(trouble) => trouble,
    };
    let mut fields = fields(visit.texts(), &request.email);
    let setback = Setback::of(trouble, &mut fields, visit.texts());
    visit.here = ReturnPath::or_front(PATH);
    let frame = visit.frame().await;
    form(frame, fields).answer(visit, Some(setback))
}

fn fields(t: &Texts, email: &str) -> Vec<Field> {
    vec![Field::new("email", t.email, "email", email)]
}

fn form(frame: Frame, fields: Vec<Field>) -> AccountForm {
    let next = ReturnPath::front();
    let (t, frame) = (frame.t.of_account(), frame.leading_to(&next));
    AccountForm {
        heading: t.forgot_heading,
        text: t.forgot_text,
        action: PATH,
        other: (t.remembered, "/login".to_owned(), frame.t.sign_in),
        button: t.send_letter,
        alert: None,
        passkey_script: None,
        providers: Vec::new(),
        fields,
        next,
        frame,
    }
}
