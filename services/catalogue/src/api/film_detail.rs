//! `GET /films/{id}`: one film, if the caller may see it.

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kino_domain::{AccessLevel, FilmId};
use kino_http::{Path, Problem, ProblemBody, RequestLanguage, accepts_gzip, is_known_to_client};
use kino_token::Caller;

use super::film_views::FilmDetail;
use crate::{
    Catalogue,
    catalogue::admit,
    served::{Representation, ServedFilm, tag},
    store::films,
};

/// Headers of an answer, with those of the house. For one more the map would be twice as large, and in no cache.
const HEADERS: usize = 12;

pub(super) fn not_found() -> Problem {
    Problem::not_found("film_not_found", "Такого фильма нет.", "There is no such film.")
}

#[utoipa::path(
    get,
    path = "/async/api/v1/films/{id}",
    tag = "films",
    params(("id" = FilmId, Path)),
    security((), ("access_token" = [])),
    responses(
        (status = 200, description = "The film", body = FilmDetail),
        (status = 304, description = "What `If-None-Match` names is still so"),
        (status = 401, description = "A bad token", body = ProblemBody),
        (status = 403, description = "`film_requires_subscription` or `film_archived`", body = ProblemBody),
        (status = 404, description = "`film_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn detail(
    State(catalogue): State<Catalogue>,
    caller: Caller,
    RequestLanguage(language): RequestLanguage,
    Path(id): Path<FilmId>,
    // Taken whole: the headers alone would be a copy.
    request: Request,
) -> Result<Response, Problem> {
    let build = async || {
        let film = films::find_unscoped(catalogue.database.read(), id).await?;
        film.map(|film| {
            let body = serde_json::to_vec(&FilmDetail::new(&film, language))
                .map_err(|error| Problem::internal(&error))?;
            ServedFilm::new(film.access, film.version, body).map_err(|error| Problem::internal(&error))
        })
        .transpose()
    };
    let film = catalogue.served.get::<Problem, _>(id, language, build).await?.ok_or_else(not_found)?;
    admit(&caller, film.access)?;
    let gzip = film.gzip.as_ref().filter(|_| accepts_gzip(request.headers()));
    let Representation { body, etag } = gzip.unwrap_or(&film.plain);
    let mut response =
        conditional(request.headers(), film.access, etag.clone(), "application/json", body.clone());
    let answered = response.headers_mut();
    answered.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    answered
        .insert(header::VARY, HeaderValue::from_static("accept-language, accept-encoding, authorization"));
    if gzip.is_some() {
        answered.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Something of a film, unless the client has it already. Free films may be kept by anyone and asked for anew each
/// time; others by the client alone.
pub(super) fn conditional(
    request: &HeaderMap,
    access: AccessLevel,
    etag: HeaderValue,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::default();
    // Made for all that will be said, here and around it: it would grow twice otherwise.
    *response.headers_mut() = HeaderMap::with_capacity(HEADERS);
    if is_known_to_client(request, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = body.into();
    }
    let kept = match access {
        AccessLevel::Free => "public, max-age=0, must-revalidate",
        AccessLevel::Paid | AccessLevel::Archived => "private, no-cache",
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::ETAG, etag);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language, authorization"));
    response
}

pub(super) fn etag(body: &[u8]) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(format!("\"{}\"", tag(body))).map_err(|error| Problem::internal(&error))
}
