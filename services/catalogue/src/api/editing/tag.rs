//! ETags and places of what administrators make, read and change.

use std::fmt::Display;

use http::{HeaderName, HeaderValue, header};
use kino_domain::Localized;
use kino_http::{IfMatch, Json, Problem};

use super::super::film_detail;

/// An answer that says which state it shows.
pub(super) type Tagged<T> = ([(HeaderName, HeaderValue); 1], Json<T>);

pub(super) fn tagged<T>(tag: HeaderValue, body: T) -> Tagged<T> {
    ([(header::ETAG, tag)], Json(body))
}

/// The tag of a film's version.
pub(super) fn of_version(version: i64) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(&format!("\"v{version}\"")).map_err(|error| Problem::internal(&error))
}

/// The tag of a genre or a person, who are no more than their names.
pub(super) fn of_names(names: &Localized) -> Result<HeaderValue, Problem> {
    let names = serde_json::to_vec(names).map_err(|error| Problem::internal(&error))?;
    film_detail::etag(&names)
}

/// Where something that was made is.
pub(super) fn location(collection: &str, id: &impl Display) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(&format!("/async/api/v1/{collection}/{id}"))
        .map_err(|error| Problem::internal(&error))
}

/// Refuses a change to what is not in a state that the caller named.
pub(super) fn require(
    if_match: &IfMatch,
    is_current: impl Fn(&[u8]) -> bool,
    code: &'static str,
) -> Result<(), Problem> {
    if if_match.admits(is_current) {
        return Ok(());
    }
    Err(Problem::precondition_failed(
        code,
        "Кто-то изменил это раньше вас. Прочитайте заново и повторите.",
        "Someone changed it before you. Read it anew and try again.",
    ))
}
