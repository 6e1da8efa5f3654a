//! `/login`: a visitor with an account begins a session.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use http::StatusCode;
use kino_http::ReturnPath;
use serde::Deserialize;

use super::{
    Frame, Who,
    account_form::{AccountForm, Field, Setback},
    forgot_password, second_factor,
};
use crate::{
    api::{
        self, SignedIn, Trouble,
        social::{self, Provider},
    },
    assets,
    csrf::Posted,
    texts::Texts,
    visit::Visit,
};

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Onward {
    pub(crate) next: String,
    /// What went wrong at a provider: the accounts send visitors here with its code.
    problem: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Credentials {
    login: String,
    password: String,
    next: String,
}

pub(crate) async fn page(visit: Visit, onward: Result<Query<Onward>, QueryRejection>) -> Response {
    let Query(onward) = onward.unwrap_or_default();
    let next = ReturnPath::or_front(&onward.next);
    let setback = setback(&onward.problem, visit.texts());
    let frame = visit.frame().await;
    if let (Who::Member(_), None) = (&frame.who, &setback) {
        return visit.redirect(&next);
    }
    let fields = fields(frame.t, "");
    let providers = social::providers(&visit).await;
    form(frame, next, fields, providers).answer(visit, setback)
}

pub(crate) async fn submit(Posted { visit, form: credentials }: Posted<Credentials>) -> Response {
    let next = ReturnPath::or_front(&credentials.next);
    match api::sign_in(&visit, credentials.login.trim(), &credentials.password).await {
        Ok(SignedIn::Tokens(tokens)) => {
            visit.session.begin(tokens).await;
            visit.redirect(&next)
        }
        Ok(SignedIn::SecondFactor { mfa_token }) => second_factor::ask(visit, mfa_token, &next),
        Err(trouble) => again(visit, &credentials.login, next, trouble).await,
    }
}

/// The form once more, and why.
pub(crate) async fn again(mut visit: Visit, login: &str, next: ReturnPath, trouble: Trouble) -> Response {
    let t = visit.texts();
    let mut fields = fields(t, login);
    let setback = Setback::of(trouble, &mut fields, t);
    visit.here = ReturnPath::or_front(&next.after("/login"));
    let frame = visit.frame().await;
    let providers = social::providers(&visit).await;
    form(frame, next, fields, providers).answer(visit, Some(setback))
}

/// What the page says of a problem that a visitor comes back with from a provider. The address is anyone's to write:
/// it chooses among the texts of the site, and brings none of its own.
fn setback(code: &str, t: &Texts) -> Option<Setback> {
    let (status, text) = match code {
        "" => return None,
        "social_denied" => (StatusCode::OK, t.social_denied),
        "social_state_invalid" => (StatusCode::OK, t.social_expired),
        "social_provider_unavailable" => (StatusCode::SERVICE_UNAVAILABLE, t.social_unavailable),
        "social_email_required" => (StatusCode::OK, t.social_email_required),
        "email_taken_sign_in_to_link" => (StatusCode::OK, t.social_email_taken),
        "identity_taken" | "social_already_linked" => (StatusCode::OK, t.social_taken),
        "account_blocked" => (StatusCode::FORBIDDEN, t.account_blocked),
        _ => (StatusCode::OK, t.form_refused),
    };
    Some(Setback::new(status, text))
}

fn fields(t: &Texts, login: &str) -> Vec<Field> {
    vec![
        Field::new("login", t.login, "text", login).completed_as("username"),
        Field::new("password", t.password, "password", "")
            .completed_as("current-password")
            .with_link(forgot_password::PATH, t.of_account().forgot_password),
    ]
}

fn form(frame: Frame, next: ReturnPath, fields: Vec<Field>, providers: Vec<Provider>) -> AccountForm {
    let (t, frame) = (frame.t, frame.leading_to(&next));
    AccountForm {
        heading: t.sign_in_heading,
        text: t.sign_in_text,
        action: "/login",
        other: (t.no_account, next.after("/register"), t.register),
        button: t.sign_in,
        alert: None,
        passkey_script: Some(assets::passkey_script_src()),
        fields,
        providers,
        next,
        frame,
    }
}
