//! `GET /admin/index/dead-letters`, `POST .../{id}/replay`, `DELETE .../{id}`: what could not be indexed.

use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use kino_domain::CatalogueEvent;
use kino_http::{Json, Page, PageQuery, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Catalogue,
    search::DocumentKind,
    store::dead_letters::{self, DeadLetter, LetterKind},
};

/// Something that could not be indexed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetterView {
    id: Uuid,
    kind: LetterKind,
    /// The film, the person or the event.
    subject: Uuid,
    /// Of an event, as it was published.
    payload: Option<String>,
    reason: String,
    attempts: i32,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        let DeadLetter { id, kind, subject, payload, reason, attempts, first_at, last_at } = letter;
        Self { id, kind, subject, payload, reason, attempts, first_at, last_at }
    }
}

fn not_found() -> Problem {
    Problem::not_found("dead_letter_not_found", "Такой записи нет.", "There is no such letter.")
}

fn still_rejected(reason: &str) -> Problem {
    tracing::info!(reason, "a dead letter was tried again in vain");
    Problem::conflict(
        "still_rejected",
        "Это по-прежнему не принимается. Причина — в самой записи.",
        "It is still not taken. The letter tells why.",
    )
}

#[utoipa::path(
    get,
    path = "/async/api/v1/admin/index/dead-letters",
    tag = "index",
    params(PageQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "A page of letters, the one last tried first", body = Page<DeadLetterView>),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    page: PageQuery,
) -> Result<Json<Page<DeadLetterView>>, Problem> {
    let (letters, total) = dead_letters::page(catalogue.database.read(), page.offset(), page.limit()).await?;
    Ok(Json(page.page(letters.into_iter().map(DeadLetterView::from).collect(), total)))
}

#[utoipa::path(
    post,
    path = "/async/api/v1/admin/index/dead-letters/{id}/replay",
    tag = "index",
    params(("id" = Uuid, Path)),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "It was taken, and is no letter any more"),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`dead_letter_not_found`", body = ProblemBody),
        (status = 409, description = "`still_rejected`", body = ProblemBody),
    ),
)]
pub(crate) async fn replay(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let read = catalogue.database.read();
    let letter = dead_letters::find(read, id).await?.ok_or_else(not_found)?;
    match letter.kind {
        LetterKind::Film => catalogue.mend([(DocumentKind::Film, letter.subject)]).await?,
        LetterKind::Person => catalogue.mend([(DocumentKind::Person, letter.subject)]).await?,
        LetterKind::Event => {
            // Another version of this program may know how to read it.
            let payload = letter.payload.unwrap_or_default();
            let event: CatalogueEvent =
                serde_json::from_str(&payload).map_err(|error| still_rejected(&error.to_string()))?;
            let tx = catalogue.database.begin().await?;
            dead_letters::delete(&tx, id).await?;
            catalogue.outbox.put(&tx, &[event]).await?;
            tx.commit().await?;
            catalogue.outbox.wake();
            catalogue.count_letters().await?;
        }
    }
    // A document that was taken has no letter any more.
    match dead_letters::find(read, id).await? {
        Some(letter) => Err(still_rejected(&letter.reason)),
        None => Ok(StatusCode::NO_CONTENT),
    }
}

#[utoipa::path(
    delete,
    path = "/async/api/v1/admin/index/dead-letters/{id}",
    tag = "index",
    params(("id" = Uuid, Path)),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "It is forgotten"),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`dead_letter_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn discard(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let tx = catalogue.database.begin().await?;
    if !dead_letters::delete(&tx, id).await? {
        return Err(not_found());
    }
    tx.commit().await?;
    catalogue.count_letters().await?;
    Ok(StatusCode::NO_CONTENT)
}
