//! What several routes about films refuse alike.

use kino_http::{IfMatch, Problem};

use super::super::tag;
use crate::api::film_detail;

pub(super) use film_detail::not_found;

pub(super) fn no_such_revision() -> Problem {
    Problem::not_found(
        "revision_not_found",
        "У этого фильма нет такой версии.",
        "This film has no such version.",
    )
}

/// Refuses a change to a film that is not of the version that the caller named: by the tag of the version itself
/// (`"v3"`), or by that of a form in which it was shown (`"v3-..."`).
pub(super) fn require(if_match: &IfMatch, version: i64) -> Result<(), Problem> {
    let (itself, form) = (format!("\"v{version}\""), format!("\"v{version}-"));
    let is_current = |tag: &[u8]| tag == itself.as_bytes() || tag.starts_with(form.as_bytes());
    tag::require(if_match, is_current, "film_changed")
}
