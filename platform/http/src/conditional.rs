//! Conditional requests: does the client have it already?

use http::{HeaderMap, HeaderValue, header};

/// Whether `If-None-Match` names this tag. Tags are compared weakly (RFC 9110, 13.1.2): a list, `W/"..."` and `*` count.
pub fn is_known_to_client(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let strong = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
    let etag = strong(etag.as_bytes());
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|tag| tag == b"*" || strong(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

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
