//! `GET /films/{id}/poster.svg`: a poster drawn from title and genre, if the caller may see the film.

use axum::{extract::State, response::Response};
use http::{HeaderMap, HeaderValue, header};
use kino_domain::FilmId;
use kino_http::{Path, Problem, ProblemBody, RequestLanguage};
use kino_token::Caller;

use super::film_detail::{conditional, etag, not_found};
use crate::{Catalogue, catalogue::admit, poster, store::films};

#[utoipa::path(
    get,
    path = "/async/api/v1/films/{id}/poster.svg",
    tag = "films",
    params(("id" = FilmId, Path)),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "The poster", content_type = "image/svg+xml", body = String),
        (status = 403, description = "`film_requires_subscription` or `film_archived`", body = ProblemBody),
        (status = 404, description = "`film_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn poster(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Path(id): Path<FilmId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let film = films::find_unscoped(catalogue.database.read(), id).await?.ok_or_else(not_found)?;
    admit(&caller, film.access)?;
    let svg = poster::draw(&film, language).map_err(|error| Problem::internal(&error))?;
    let tag = etag(svg.as_bytes())?;
    let mut response = conditional(&headers, film.access, tag, "image/svg+xml", svg);
    // Opened by itself it is a document of our origin: it may run and load nothing.
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    Ok(response)
}
