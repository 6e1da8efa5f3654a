//! Passwords, and the letters that stand in for a forgotten one.

use serde_json::{Value, json};

use super::{Trouble, succeed, typed};
use crate::visit::Visit;

/// Sends a letter with a link to choose a new password, if there is an account with this address.
pub(crate) async fn forgot(visit: &Visit, email: &str) -> Result<(), Trouble> {
    as_guest(visit, "/auth/api/v1/password/forgot", json!({"email": email})).await
}

/// Sets the password of the account that the link's token is for.
pub(crate) async fn reset(visit: &Visit, token: &str, new_password: &str) -> Result<(), Trouble> {
    let body = json!({"token": token, "new_password": new_password});
    as_guest(visit, "/auth/api/v1/password/reset", body).await
}

/// Verifies the address that the link's token was sent to.
pub(crate) async fn verify_email(visit: &Visit, token: &str) -> Result<(), Trouble> {
    as_guest(visit, "/auth/api/v1/email/verify", json!({"token": token})).await
}

/// Sends the link that verifies the visitor's address once more.
pub(crate) async fn send_verification(visit: &Visit) -> Result<(), Trouble> {
    succeed(visit.send(|| visit.cinema.auth.post("/auth/api/v1/email/verify/send")).await).map(drop)
}

/// Changes the visitor's own password.
pub(crate) async fn change(visit: &Visit, current: &str, new: &str) -> Result<(), Trouble> {
    let body = json!({"current_password": typed(current), "new_password": new});
    let call = || visit.cinema.auth.post("/auth/api/v1/users/me/password").json(&body);
    succeed(visit.send(call).await).map(drop)
}

async fn as_guest(visit: &Visit, path: &str, body: Value) -> Result<(), Trouble> {
    let call = visit.cinema.auth.post(path).on_behalf(visit.as_guest());
    succeed(call.json(&body).send().await).map(drop)
}
