//! `POST /admin/index/audit`: compares index and database now, and mends what differs.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header};
use kino_http::{Json, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use crate::{
    Catalogue,
    upkeep::{UpkeepError, audit::AuditReport},
};

/// How long the caller waits for what is found. A million films take longer.
const WAITED_FOR: Duration = Duration::from_secs(20);
const STATE: &str = "/async/api/v1/admin/index";

#[utoipa::path(
    post,
    path = "/async/api/v1/admin/index/audit",
    tag = "index",
    security(("access_token" = [])),
    responses(
        (status = 200, description = "What differed; it has been indexed anew", body = AuditReport),
        (
            status = 202,
            description = "It takes longer, and goes on: `drift` of `GET /admin/index` will tell what differed",
            headers(("Location" = String, description = "`GET /admin/index`")),
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
    ),
)]
pub(crate) async fn audit(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
) -> Result<Response, Problem> {
    answer(async move { catalogue.audit().await }, WAITED_FOR).await
}

/// What an audit finds, if it does so soon. It goes on if not, and if the client goes away.
async fn answer(
    audit: impl Future<Output = Result<AuditReport, UpkeepError>> + Send + 'static,
    waited_for: Duration,
) -> Result<Response, Problem> {
    match tokio::time::timeout(waited_for, tokio::spawn(audit)).await {
        Ok(Ok(report)) => Ok(Json(report?).into_response()),
        Ok(Err(error)) => Err(Problem::internal(&error)),
        Err(_) => Ok((StatusCode::ACCEPTED, [(header::LOCATION, STATE)]).into_response()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn an_audit_that_takes_long_is_not_waited_for_and_goes_on() {
        let report = AuditReport {
            checked_at: DateTime::UNIX_EPOCH,
            films: 1,
            persons: 2,
            drifted_films: 0,
            drifted_persons: 0,
        };
        let soon = answer(async move { Ok(report) }, Duration::from_mins(1)).await.unwrap();
        assert_eq!(soon.status(), StatusCode::OK);

        let (found, finding) = oneshot::channel::<AuditReport>();
        let (done, ended) = oneshot::channel();
        let long = async move {
            let report = finding.await.map_err(|_| UpkeepError::Ended)?;
            let _ = done.send(report);
            Ok(report)
        };
        let later = answer(long, Duration::ZERO).await.unwrap();
        assert_eq!(
            (later.status(), &later.headers()[header::LOCATION]),
            (StatusCode::ACCEPTED, &STATE.parse().unwrap())
        );
        found.send(report).unwrap();
        assert_eq!(ended.await.unwrap(), report);
    }
}
