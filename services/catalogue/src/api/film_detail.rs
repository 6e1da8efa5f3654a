//! `GET /films/{id}`: one film, if the caller may see it.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kino_domain::{AccessLevel, FilmId};
use kino_http::{Path, Problem, ProblemBody, RequestLanguage, is_known_to_client};
use kino_token::Caller;
use sha2::{Digest as _, Sha256};

use super::film_views::FilmDetail;
use crate::{Catalogue, catalogue::admit, served::ServedFilm, store::films};

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
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let build = async {
        let film = films::find_unscoped(catalogue.database.read(), id).await?;
        film.map(|film| {
            let body = serde_json::to_vec(&FilmDetail::new(&film, language))
                .map_err(|error| Problem::internal(&error))?;
            let etag = etag(&body)?;
            Ok(ServedFilm { access: film.access, body: body.into(), etag })
        })
        .transpose()
    };
    let film = catalogue.served.get::<Problem>(id, language, build).await?.ok_or_else(not_found)?;
    admit(&caller, film.access)?;
    let mut response = if is_known_to_client(&headers, &film.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        film.body.clone().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ETAG, film.etag.clone());
    headers.insert(header::CACHE_CONTROL, cache_control(film.access));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language, authorization"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    Ok(response)
}

/// Free films may be kept by anyone for a moment; others are asked for anew each time.
pub(super) const fn cache_control(access: AccessLevel) -> HeaderValue {
    match access {
        AccessLevel::Free => HeaderValue::from_static("public, max-age=0, must-revalidate"),
        AccessLevel::Paid | AccessLevel::Archived => HeaderValue::from_static("private, no-cache"),
    }
}

pub(super) fn etag(body: &[u8]) -> Result<HeaderValue, Problem> {
    use std::fmt::Write as _;
    let mut tag = String::from("\"");
    for byte in &Sha256::digest(body)[..12] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    HeaderValue::from_str(&tag).map_err(|error| Problem::internal(&error))
}
