//! `/login/code`: who has typed their password, and has an authenticator app, types its code.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use cookie::time::Duration;
use kino_http::{MFA_COOKIE, ReturnPath, lasting_cookie, set_cookie};
use serde::Deserialize;

use super::{
    Frame, Who,
    account_form::{AccountForm, Field, Setback},
    sign_in::{self, Onward},
};
use crate::{
    api::{self, Trouble},
    csrf::Posted,
    texts::Texts,
    visit::Visit,
};

pub(crate) const PATH: &str = "/login/code";
/// As long as the accounts take the token.
const LASTING: Duration = Duration::minutes(5);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    code: String,
    next: String,
}

/// Sends a visitor here whose password was right.
pub(crate) fn ask(visit: Visit, mfa_token: String, next: &ReturnPath) -> Response {
    let secure = visit.cinema.secure_cookies;
    let mut response = visit.redirect(&ReturnPath::or_front(&next.after(PATH)));
    set_cookie(response.headers_mut(), &lasting_cookie(MFA_COOKIE, mfa_token, LASTING, secure));
    response
}

pub(crate) async fn page(visit: Visit, onward: Result<Query<Onward>, QueryRejection>) -> Response {
    let next = ReturnPath::or_front(&onward.unwrap_or_default().0.next);
    let frame = visit.frame().await;
    if let Who::Member(_) = frame.who {
        return visit.redirect(&next);
    }
    if visit.mfa_token.is_none() {
        return to_sign_in(visit, &next);
    }
    let fields = fields(frame.t);
    form(frame, next, fields).answer(visit, None)
}

pub(crate) async fn submit(Posted { mut visit, form: answer }: Posted<Answer>) -> Response {
    let next = ReturnPath::or_front(&answer.next);
    let Some(mfa_token) = visit.mfa_token.take() else { return to_sign_in(visit, &next) };
    let secure = visit.cinema.secure_cookies;
    let trouble = match api::sign_in_with_code(&visit, &mfa_token, answer.code.trim()).await {
        Ok(tokens) => {
            visit.session.begin(tokens).await;
            return forget(visit.redirect(&next), secure);
        }
        Err(Trouble::Refused(problem)) if problem.code == "mfa_token_invalid" => {
            let again = sign_in::again(visit, "", next, Trouble::Refused(problem)).await;
            return forget(again, secure);
        }
        Err(trouble) => trouble,
    };
    let t = visit.texts();
    let mut fields = fields(t);
    let setback = Setback::of(trouble, &mut fields, t);
    visit.here = ReturnPath::or_front(&next.after(PATH));
    let frame = visit.frame().await;
    form(frame, next, fields).answer(visit, Some(setback))
}

fn to_sign_in(visit: Visit, next: &ReturnPath) -> Response {
    visit.redirect(&ReturnPath::or_front(&next.after("/login")))
}

fn forget(mut response: Response, secure: bool) -> Response {
    set_cookie(response.headers_mut(), &lasting_cookie(MFA_COOKIE, "", Duration::ZERO, secure));
    response
}

fn fields(t: &Texts) -> Vec<Field> {
    vec![Field::new("code", t.code, "text", "").completed_as("one-time-code").of_length(6, 40, t.code_hint)]
}

fn form(frame: Frame, next: ReturnPath, fields: Vec<Field>) -> AccountForm {
    let (t, frame) = (frame.t, frame.leading_to(&next));
    AccountForm {
        heading: t.code_heading,
        text: t.code_text,
        action: PATH,
        other: (t.wrong_account, next.after("/login"), t.sign_in_again),
        button: t.sign_in,
        alert: None,
        passkey_script: None,
        fields,
        providers: Vec::new(),
        next,
        frame,
    }
}
