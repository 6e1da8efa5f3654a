//! `/language`: the visitor chooses the language of the site.

use axum::response::Response;
use cookie::time::Duration;
use kino_domain::Language;
use kino_http::{ReturnPath, lasting_cookie, set_cookie};
use serde::Deserialize;

use crate::csrf::Posted;

pub(crate) const COOKIE: &str = "kino_language";
const YEAR: Duration = Duration::days(365);

#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Choice {
    language: String,
    next: String,
}

pub(crate) async fn submit(Posted { visit, form }: Posted<Choice>) -> Response {
    let secure = visit.cinema.secure_cookies;
    let mut response = visit.redirect(&ReturnPath::or_front(&form.next));
    if let Some(language) = by_tag(&form.language) {
        set_cookie(response.headers_mut(), &lasting_cookie(COOKIE, language.tag().to_owned(), YEAR, secure));
    }
    response
}

/// The language of a tag that this site writes.
pub(crate) fn by_tag(tag: &str) -> Option<Language> {
    [Language::Ru, Language::En].into_iter().find(|language| language.tag() == tag)
}
