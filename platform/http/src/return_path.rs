//! Where a visitor is sent afterwards: a path of the site that they are on, never another address.

use std::fmt;

use url::form_urlencoded;

/// Longer ones are nobody's bookmark.
const LONGEST: usize = 2000;

/// A path of the site, with its query. Holding one proves that the check ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath(String);

impl ReturnPath {
    /// The front page.
    pub fn front() -> Self {
        Self("/".to_owned())
    }

    /// `text` where it is a path of the site.
    pub fn checked(text: &str) -> Option<Self> {
        is_local_path(text).then(|| Self(text.to_owned()))
    }

    /// `text` where it is a path of the site, else the front page.
    pub fn or_front(text: &str) -> Self {
        Self::checked(text).unwrap_or_else(Self::front)
    }

    /// The address of `page`, told to come back here afterwards.
    pub fn after(&self, page: &str) -> String {
        if self.0 == "/" {
            return page.to_owned();
        }
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", &self.0).finish();
        format!("{page}?{query}")
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a browser takes `text` for a path of the site that it is on. Browsers read `\` as `/`, drop tabs and line
/// ends, and take `//host` for another site; so none of these may occur.
pub fn is_local_path(text: &str) -> bool {
    text.starts_with('/')
        && text.len() <= LONGEST
        && !text.contains("//")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_returned_to() {
        for good in ["/", "/films/1", "/?query=%D0%BC&page=2", "/login?next=%2Ffilms%2F1"] {
            assert_eq!(ReturnPath::or_front(good).as_str(), good);
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        for bad in [
            "",
            "films",
            "//evil.example",
            "///evil.example",
            "/.//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\r\nSet-Cookie: a=b",
            "/ /evil.example",
            "/кино",
            " /films",
            &long,
        ] {
            assert_eq!(ReturnPath::or_front(bad), ReturnPath::front(), "{bad:?}");
        }
    }

    #[test]
    fn a_page_is_told_where_to_come_back_to() {
        assert_eq!(ReturnPath::front().after("/login"), "/login");
        assert_eq!(
            ReturnPath::or_front("/?genre=1&page=2").after("/login"),
            "/login?next=%2F%3Fgenre%3D1%26page%3D2"
        );
    }
}
