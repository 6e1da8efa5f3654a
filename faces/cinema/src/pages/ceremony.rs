//! What the script of passkeys is told: what to ask the browser, or why not.

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use super::{account_form::Setback, trouble};
use crate::{api::Trouble, visit::Visit};

pub(crate) fn answer(visit: Visit, begun: Result<Value, Trouble>) -> Response {
    let (status, retry_after, body) = match begun {
        Ok(begun) => (StatusCode::OK, None, begun),
        Err(trouble) => {
            let code = match &trouble {
                Trouble::Refused(problem) => problem.code.clone(),
                Trouble::Unavailable { .. } => "unavailable".to_owned(),
            };
            let Setback { status, retry_after, alert } = Setback::of(trouble, &mut [], visit.texts());
            (status, retry_after, json!({"code": code, "message": alert}))
        }
    };
    let response = visit.seal((status, Json(body)).into_response());
    trouble::retry_after(response, retry_after)
}
