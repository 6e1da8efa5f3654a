//! `POST /films`: a new film.

use axum::extract::State;
use http::{HeaderName, HeaderValue, StatusCode, header};
use kino_http::{IdempotencyKey, Json, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::{super::tag, change, view::EditedFilm};
use crate::{Catalogue, film_draft::FilmDraft};

#[utoipa::path(
    post,
    path = "/async/api/v1/films",
    tag = "administration",
    request_body = FilmDraft,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, makes one film")),
    security(("access_token" = [])),
    responses(
        (
            status = 201,
            description = "Made",
            body = EditedFilm,
            headers(
                ("Location" = String, description = "Where it is"),
                ("ETag" = String, description = "Its version, for `If-Match`"),
            ),
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 422, description = "Fields are wrong; all of them are named", body = ProblemBody),
    ),
)]
pub(crate) async fn create(
    State(catalogue): State<Catalogue>,
    caller: Authorized<CrudFilms>,
    key: IdempotencyKey,
    Json(draft): Json<FilmDraft>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 2], Json<EditedFilm>), Problem> {
    let film = change::create(&catalogue, &caller, (&key, 0), draft.check()?).await?;
    let headers = [
        (header::LOCATION, tag::location("films", &film.id)?),
        (header::ETAG, tag::of_version(film.version)?),
    ];
    Ok((StatusCode::CREATED, headers, Json(film)))
}
