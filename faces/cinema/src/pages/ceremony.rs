//! What the script of passkeys is told: what to ask the browser, or why not.

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use super::trouble;
use crate::{api::Trouble, visit::Visit};

pub(crate) fn answer(visit: Visit, begun: Result<Value, Trouble>) -> Response {
    let (status, retry_after, body) = match begun {
        Ok(begun) => (StatusCode::OK, None, begun),
        Err(Trouble::Unavailable { retry_after }) => {
            let body = json!({"code": "unavailable", "message": visit.texts().accounts_unavailable});
            (StatusCode::SERVICE_UNAVAILABLE, Some(retry_after), body)
        }
        Err(Trouble::Refused(problem)) => {
            let body = json!({"code": problem.code, "message": problem.detail});
            (problem.status, problem.retry_after, body)
        }
    };
    let response = visit.seal((status, Json(body)).into_response());
    trouble::retry_after(response, retry_after)
}
