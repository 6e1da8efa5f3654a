//! The authenticator app of an account, and the codes for when it is lost.

use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::{Trouble, given, read, succeed, typed};
use crate::visit::Visit;

/// Which second factor the account has.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    pub(crate) totp: bool,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) recovery_codes_left: u64,
}

/// What an app is given, in three forms.
#[derive(Debug, Deserialize)]
pub(crate) struct Setup {
    pub(crate) secret: String,
    pub(crate) otpauth_url: String,
    pub(crate) qr_svg: String,
}

/// What shows that the visitor is the owner, as the form of a page brings it: one of the two.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Proof {
    password: String,
    code: String,
}

#[derive(Deserialize)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

pub(crate) async fn status(visit: &Visit) -> Result<Status, Trouble> {
    read(visit.send(|| visit.cinema.auth.get("/auth/api/v1/mfa")).await)
}

/// Makes a secret for an app. The password is asked for where the sign-in was a while ago.
pub(crate) async fn set_up(visit: &Visit, password: &str) -> Result<Setup, Trouble> {
    let body = json!({"password": typed(password)});
    read(visit.send(|| visit.cinema.auth.post("/auth/api/v1/mfa/totp/setup").json(&body)).await)
}

/// Shows that the app has the secret; gives the recovery codes.
pub(crate) async fn confirm(visit: &Visit, code: &str) -> Result<Vec<String>, Trouble> {
    let body = json!({"code": code.trim()});
    let reply = visit.send(|| visit.cinema.auth.post("/auth/api/v1/mfa/totp/confirm").json(&body)).await;
    read(reply).map(|RecoveryCodes { recovery_codes }| recovery_codes)
}

/// Makes new recovery codes.
pub(crate) async fn renew_codes(visit: &Visit, proof: &Proof) -> Result<Vec<String>, Trouble> {
    let body = proof.to_json();
    let reply = visit.send(|| visit.cinema.auth.post("/auth/api/v1/mfa/recovery-codes").json(&body)).await;
    read(reply).map(|RecoveryCodes { recovery_codes }| recovery_codes)
}

pub(crate) async fn remove(visit: &Visit, proof: &Proof) -> Result<(), Trouble> {
    let body = proof.to_json();
    let call = || visit.cinema.auth.call(Method::DELETE, "/auth/api/v1/mfa/totp").json(&body);
    succeed(visit.send(call).await).map(drop)
}

impl Proof {
    fn to_json(&self) -> serde_json::Value {
        json!({"password": typed(&self.password), "code": given(&self.code)})
    }
}
