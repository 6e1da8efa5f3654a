//! `POST /password/forgot`: a letter with a link to choose a new password.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use kino_http::{ClientAddress, Json, Problem, ProblemBody, RequestLanguage};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{Auth, account, allowance::Allowance, letters::Kind};

/// Letters that one address is sent, whoever asks for them.
const TO_ADDRESS: Allowance =
    Allowance { name: "resets_to_address", times: 3, within: Duration::from_hours(1) };
/// Letters that one source asks for.
const FROM_SOURCE: Allowance =
    Allowance { name: "resets_from_source", times: 20, within: Duration::from_hours(1) };

/// Whose password is forgotten.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ForgotPasswordRequest {
    #[schema(example = "anna@example.org")]
    email: String,
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/password/forgot",
    tag = "passwords",
    request_body = ForgotPasswordRequest,
    responses(
        (status = 202, description = "If there is an account with this address, a letter goes to it. The answer is the same if there is none"),
        (status = 422, description = "This is no address", body = ProblemBody),
        (status = 429, description = "`too_many_requests`: from one source; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn forgot(
    State(auth): State<Auth>,
    source: ClientAddress,
    RequestLanguage(language): RequestLanguage,
    Json(request): Json<ForgotPasswordRequest>,
) -> Result<StatusCode, Problem> {
    let email = account::email(&request.email).map_err(|error| Problem::invalid(vec![error]))?;
    auth.allowances.spend(FROM_SOURCE, source.0).await?;
    // Told, this limit would say that others asked for the address too.
    if auth.allowances.left(TO_ADDRESS, &email.key).await?.is_some() {
        return Ok(StatusCode::ACCEPTED);
    }
    // Whether there is an account is found out when the letter is sent: here, both take as long.
    let tx = auth.database.begin().await?;
    auth.write_to_address(&tx, email, Kind::ResetPassword, language).await?;
    tx.commit().await?;
    auth.post.wake();
    Ok(StatusCode::ACCEPTED)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request, response::IntoResponse as _};
    use tower::ServiceExt as _;

    use crate::{api, testing::TestService};

    /// What is answered and what is written is the same, row by row; the rest is done later, by the worker of letters.
    #[tokio::test]
    async fn known_and_unknown_addresses_cost_the_same() {
        let service = TestService::start().await;
        let (router, _) = api::router(service.auth.clone());
        let mut outcomes = Vec::new();
        for address in ["anna@example.org", "nobody@example.org", "ANNA@example.org"] {
            let request = Request::post("/auth/api/v1/password/forgot")
                .header("content-type", "application/json")
                .body(Body::from(format!("{{\"email\": \"{address}\"}}")))
                .unwrap();
            let response = router.clone().oneshot(request).await.into_response();
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, 1000).await.unwrap();
            let written = service.waiting().await.pop().unwrap();
            assert_eq!(written.address.text, address);
            service.clock.advance(chrono::TimeDelta::seconds(1));
            outcomes.push((
                (parts.status, parts.headers, body),
                (service.waiting().await.len() - outcomes.len(), written.kind, written.user_id),
            ));
        }
        assert_eq!(outcomes[0].0.0, 202);
        assert_eq!(outcomes[0].1.0, 1);
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
    }
}
