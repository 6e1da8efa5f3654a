//! A film's poster: the one it was given, where this site serves it, else the one that the catalogue draws.
//!
//! Browsers send a site's cookies for a picture but no token, so drawn posters come through the site: a subscriber sees
//! the posters of paid films, a guest does not.

use axum::{
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kino_domain::FilmId;
use kino_http::is_local_path;

use crate::{api::FilmSummary, texts::Texts, visit::Visit};

/// A poster as a template shows it.
#[derive(Debug)]
pub(crate) struct Poster {
    pub(crate) src: String,
    pub(crate) alt: String,
}

impl Poster {
    pub(crate) fn of(film: &FilmSummary, texts: &Texts) -> Self {
        let given =
            film.poster_url.as_ref().filter(|url| is_local_path(url) && !url.ends_with("/poster.svg"));
        // The language is part of the address: the title on the poster is.
        let drawn = || format!("/posters/{}?language={}", film.id, texts.language.tag());
        Self { src: given.cloned().unwrap_or_else(drawn), alt: texts.poster_of(&film.title) }
    }
}

/// `/posters/{id}`: the drawn poster, if the visitor may see the film.
pub(crate) async fn picture(visit: Visit, id: Result<Path<FilmId>, PathRejection>) -> Response {
    let Ok(Path(id)) = id else { return StatusCode::NOT_FOUND.into_response() };
    let path = format!("/async/api/v1/films/{id}/poster.svg");
    let response = match visit.send(|| visit.cinema.catalogue.get(&path)).await {
        Ok(reply) if reply.status == StatusCode::OK => {
            let mut response = reply.body.into_response();
            for name in [header::CONTENT_TYPE, header::ETAG] {
                response.headers_mut().extend(reply.headers.get(&name).cloned().map(|value| (name, value)));
            }
            let kept = HeaderValue::from_static("private, max-age=600");
            response.headers_mut().insert(header::CACHE_CONTROL, kept);
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("cookie"));
            response
        }
        Ok(reply) => reply.status.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    visit.seal(response)
}
