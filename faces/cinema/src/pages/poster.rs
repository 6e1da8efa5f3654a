//! A film's poster: the one it was given, where this site serves it, else the one that the catalogue draws.

use crate::{api::FilmSummary, return_path::is_local_path, texts::Texts};

/// A poster as a template shows it.
#[derive(Debug)]
pub(crate) struct Poster {
    pub(crate) src: String,
    pub(crate) alt: String,
}

impl Poster {
    pub(crate) fn of(film: &FilmSummary, texts: &Texts) -> Self {
        let given = film.poster_url.as_ref().filter(|url| is_local_path(url));
        let src = given.cloned().unwrap_or_else(|| format!("/async/api/v1/films/{}/poster.svg", film.id));
        Self { src, alt: texts.poster_of(&film.title) }
    }
}
