//! Conditional requests: does the client have it already? Is what it is about to change still what it saw?

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, header, request::Parts};
use utoipa::{
    IntoParams, PartialSchema as _,
    openapi::path::{Parameter, ParameterBuilder, ParameterIn},
};

/// Whether `If-None-Match` names this tag. Tags are compared weakly (RFC 9110, 13.1.2): a list, `W/"..."` and `*` count.
pub fn is_known_to_client(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let etag = strong(etag.as_bytes());
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|tag| tag == b"*" || strong(tag) == etag)
}

fn strong(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// What `If-Match` names: a change is made only where it names what is there. Without the header anything may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(Vec<HeaderValue>);

impl IfMatch {
    /// Whether the change may be made to what exists and is named by the tags that `is_current` knows. A weak tag
    /// (`W/"..."`) names nothing (RFC 9110, 13.1.1), `*` names whatever there is.
    pub fn admits(&self, is_current: impl Fn(&[u8]) -> bool) -> bool {
        let mut named = self
            .0
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii);
        self.0.is_empty() || named.any(|tag| tag == b"*" || (tag.starts_with(b"\"") && is_current(tag)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get_all(header::IF_MATCH).iter().cloned().collect()))
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The `ETag` of what is to change: it changes only where it is still so";
        let header = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .description(Some(description))
            .schema(Some(String::schema()));
        vec![header.build()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_bound_to_what_was_seen() {
        let is_current = |tag: &[u8]| tag == b"\"v3\"" || tag == b"\"abc\"";
        for (sent, admitted) in [
            ("\"v3\"", true),
            ("\"abc\"", true),
            ("\"v2\", \"v3\"", true),
            ("*", true),
            ("\"v2\"", false),
            ("W/\"v3\"", false),
            ("v3", false),
            ("", false),
        ] {
            let if_match = IfMatch(vec![HeaderValue::from_static(sent)]);
            assert_eq!(if_match.admits(is_current), admitted, "{sent}");
        }
        assert!(IfMatch::default().admits(is_current));
        let lines = ["\"v2\"", "\"v3\""].map(HeaderValue::from_static);
        assert!(IfMatch(lines.to_vec()).admits(is_current));
    }

    #[test]
    fn tags_are_compared_weakly() {
        let etag = HeaderValue::from_static("\"abc\"");
        for (sent, known) in [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"x\", W/\"abc\"", true),
            ("*", true),
            ("\"abcd\"", false),
            ("abc", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(sent));
            assert_eq!(is_known_to_client(&headers, &etag), known, "{sent}");
        }
        assert!(!is_known_to_client(&HeaderMap::new(), &etag));
    }
}
