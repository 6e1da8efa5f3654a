//! `/register`: a visitor opens an account, and with it a session.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use kino_http::ReturnPath;
use serde::Deserialize;

use super::{
    Frame, Who,
    account_form::{AccountForm, Field, Setback},
    sign_in::Onward,
};
use crate::{
    api::{
        self, NewAccount,
        social::{self, Provider},
    },
    csrf::Posted,
    texts::Texts,
    visit::Visit,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Application {
    username: String,
    email: String,
    password: String,
    first_name: String,
    last_name: String,
    next: String,
}

pub(crate) async fn page(visit: Visit, onward: Result<Query<Onward>, QueryRejection>) -> Response {
    let next = ReturnPath::or_front(&onward.unwrap_or_default().0.next);
    let frame = visit.frame().await;
    if let Who::Member(_) = frame.who {
        return visit.redirect(&next);
    }
    let fields = fields(frame.t, &Application::default());
    let providers = social::providers(&visit).await;
    form(frame, next, fields, providers).answer(visit, None)
}

pub(crate) async fn submit(Posted { mut visit, form: application }: Posted<Application>) -> Response {
    let next = ReturnPath::or_front(&application.next);
    let account = NewAccount {
        username: application.username.trim(),
        email: application.email.trim(),
        password: &application.password,
        first_name: application.first_name.trim(),
        last_name: application.last_name.trim(),
    };
    let setback = match api::register(&visit, &account).await {
        Ok(tokens) => {
            visit.session.begin(tokens).await;
            return visit.redirect(&next);
        }
        Err(trouble) => trouble,
    };
    let t = visit.texts();
    let mut fields = fields(t, &application);
    let setback = Setback::of(setback, &mut fields, t);
    visit.here = ReturnPath::or_front(&next.after("/register"));
    let frame = visit.frame().await;
    let providers = social::providers(&visit).await;
    form(frame, next, fields, providers).answer(visit, Some(setback))
}

fn fields(t: &Texts, typed: &Application) -> Vec<Field> {
    vec![
        Field::new("username", t.username, "text", &typed.username).of_length(3, 30, t.username_hint),
        Field::new("email", t.email, "email", &typed.email),
        Field::new("password", t.password, "password", "").completed_as("new-password").of_length(
            8,
            128,
            t.password_hint,
        ),
        Field::new("first_name", t.first_name, "text", &typed.first_name)
            .completed_as("given-name")
            .optional(),
        Field::new("last_name", t.last_name, "text", &typed.last_name).completed_as("family-name").optional(),
    ]
}

fn form(frame: Frame, next: ReturnPath, fields: Vec<Field>, providers: Vec<Provider>) -> AccountForm {
    let (t, frame) = (frame.t, frame.leading_to(&next));
    AccountForm {
        heading: t.register_heading,
        text: t.register_text,
        action: "/register",
        other: (t.have_account, next.after("/login"), t.sign_in),
        button: t.create_account,
        alert: None,
        passkey_script: None,
        fields,
        providers,
        next,
        frame,
    }
}
