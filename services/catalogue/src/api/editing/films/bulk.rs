//! `POST /films/bulk`: many new films, each on its own.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use kino_domain::FilmId;
use kino_http::{
    FieldError, IdempotencyKey, Json, Problem, ProblemBody, RequestId, RequestLanguage, Unfinished,
    read_value,
};
use kino_token::{Authorized, Claims, CrudFilms};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{change, view::EditedFilm};
use crate::{Catalogue, film_draft::FilmDraft};

const MOST: usize = 200;
/// Room for as many with the longest descriptions in both languages, also as `\u0416`; in bytes.
pub(in super::super) const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// Films to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BulkRequest {
    /// At most 200.
    #[schema(value_type = Vec<FilmDraft>, max_items = 200)]
    items: Vec<Value>,
}

/// What became of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkResponse {
    /// One for each film of the request, in its order.
    results: Vec<BulkResult>,
}

/// What became of a film.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkResult {
    /// As if it had been sent alone.
    #[schema(example = 201)]
    status: u16,
    /// Of a film that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<FilmId>,
    /// Why it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProblemBody>)]
    problem: Option<Value>,
}

#[utoipa::path(
    post,
    path = "/async/api/v1/films/bulk",
    tag = "administration",
    request_body = BulkRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, makes each film once, and those that failed with 5xx anew")),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "What became of each; a wrong one does not hold up the others", body = BulkResponse),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 413, description = "More than 32 MiB in all", body = ProblemBody),
        (status = 422, description = "More than 200 films", body = ProblemBody),
    ),
)]
pub(crate) async fn bulk(
    State(catalogue): State<Catalogue>,
    caller: Authorized<CrudFilms>,
    RequestLanguage(language): RequestLanguage,
    request_id: RequestId,
    key: IdempotencyKey,
    Json(request): Json<BulkRequest>,
) -> Result<Response, Problem> {
    if request.items.len() > MOST {
        let (ru, en) = ("Не более 200 фильмов за раз.", "At most 200 films at once.");
        return Err(Problem::invalid(vec![FieldError::new("items", "too_many", ru, en)]));
    }
    let mut results = Vec::with_capacity(request.items.len());
    for (nth, item) in request.items.into_iter().enumerate() {
        results.push(match create(&catalogue, &caller, (&key, nth), item).await {
            Ok(film) => BulkResult { status: 201, id: Some(film.id), problem: None },
            Err(problem) => BulkResult {
                status: problem.status().as_u16(),
                id: None,
                problem: serde_json::to_value(problem.body(language, request_id.as_str())).ok(),
            },
        });
    }
    // What went wrong on this side, and not with the film, may go well at the next try.
    let is_unfinished = results.iter().any(|result| result.status >= 500);
    let mut response = Json(BulkResponse { results }).into_response();
    if is_unfinished {
        response.extensions_mut().insert(Unfinished);
    }
    Ok(response)
}

async fn create(
    catalogue: &Catalogue,
    by: &Claims,
    place: (&IdempotencyKey, usize),
    item: Value,
) -> Result<EditedFilm, Problem> {
    change::create(catalogue, by, place, read_value::<FilmDraft>(item)?.check()?).await
}
