//! An authenticator app, as someone has it on their phone.

use kino_testkit::Answer;
use serde_json::{Value, json};
use totp_rs::Totp;

use crate::app::{AUTH, PASSWORD, Person, TestApp};

const STEP_SECONDS: i64 = 30;

/// An app with one account in it.
pub(crate) struct Authenticator(Totp);

impl Authenticator {
    /// Takes the secret from what `POST /mfa/totp/setup` answered.
    pub(crate) fn scan(setup: &Value) -> Self {
        Self(Totp::from_url(setup["otpauth_url"].as_str().unwrap()).unwrap())
    }

    /// Sets up an app for someone, and waits for its next code. Gives the recovery codes too.
    pub(crate) async fn of(app: &TestApp, person: &Person) -> (Self, Vec<String>) {
        let phone = Self::scan(&set_up(app, person).await.is(200).json());
        let confirmed = confirm(app, person, &phone.code(app)).await.is(200).json();
        app.advance(STEP_SECONDS);
        (phone, recovery_codes(&confirmed))
    }

    /// What the app shows now.
    pub(crate) fn code(&self, app: &TestApp) -> String {
        self.code_beside(app, 0)
    }

    /// What it shows so many steps later, or earlier.
    pub(crate) fn code_beside(&self, app: &TestApp, steps: i64) -> String {
        let time = app.clock.now().timestamp() + steps * STEP_SECONDS;
        self.0.generate(time.try_into().unwrap()).to_string()
    }

    /// A code that is wrong for some time.
    pub(crate) fn wrong_code(&self, app: &TestApp) -> String {
        let right: Vec<String> = (-3..=3).map(|steps| self.code_beside(app, steps)).collect();
        (0..1_000_000).map(|n| format!("{n:06}")).find(|code| !right.contains(code)).unwrap()
    }
}

/// Signs in as far as the password goes; gives the token that is wanted back with a code.
pub(crate) async fn challenge(app: &TestApp, login: &str) -> String {
    let answer = app.try_sign_in(login, PASSWORD).await.is(200).json();
    assert_eq!(answer["mfa_required"], true, "{answer}");
    assert!(answer.get("access_token").is_none(), "{answer}");
    answer["mfa_token"].as_str().unwrap().to_owned()
}

/// Answers with a code.
pub(crate) async fn answer(app: &TestApp, mfa_token: &str, code: &str) -> Answer {
    let body = json!({"mfa_token": mfa_token, "code": code});
    app.client.post(&format!("{AUTH}/sessions/mfa"), &body).send().await
}

pub(crate) async fn set_up(app: &TestApp, person: &Person) -> Answer {
    let path = format!("{AUTH}/mfa/totp/setup");
    app.client.request(http::Method::POST, &path).bearer(&person.access).send().await
}

pub(crate) async fn confirm(app: &TestApp, person: &Person, code: &str) -> Answer {
    let path = format!("{AUTH}/mfa/totp/confirm");
    app.client.post(&path, &json!({"code": code})).bearer(&person.access).send().await
}

pub(crate) fn recovery_codes(answer: &Value) -> Vec<String> {
    let codes = answer["recovery_codes"].as_array().unwrap();
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}
