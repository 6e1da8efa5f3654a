//! What the setting `search` says: which engine, and where.

use std::{fmt, path::PathBuf, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use url::Url;

const PREFIX: &str = "kino";
const PREFIX_LONGEST: usize = 60;

/// Which search engine, and where it keeps the index: `tantivy:FOLDER`, or
/// `opensearch+http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX][?ca=FILE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchUrl {
    /// In a folder of this machine.
    Tantivy(PathBuf),
    /// On a server that processes share.
    OpenSearch(OpenSearchUrl),
}

/// Where OpenSearch is.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenSearchUrl {
    /// Scheme, host and port.
    pub(super) origin: String,
    /// The header that says who asks.
    pub(super) authorization: Option<String>,
    /// What the names of our indices begin with.
    pub(super) prefix: String,
    /// Certificates to trust beside the well-known ones.
    pub(super) ca: Option<PathBuf>,
}

impl FromStr for SearchUrl {
    /// What is wrong with it, without repeating it: there may be a password in it.
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        if let Some(folder) = url.strip_prefix("tantivy:").filter(|folder| !folder.is_empty()) {
            return Ok(Self::Tantivy(folder.into()));
        }
        match url.strip_prefix("opensearch+") {
            Some(address) => address.parse().map(Self::OpenSearch),
            None => Err("use \"tantivy:\" or \"opensearch+http://HOST:9200\"".to_owned()),
        }
    }
}

impl FromStr for OpenSearchUrl {
    type Err = String;

    fn from_str(address: &str) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| format!("it is no address: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(
                "it must be like \"opensearch+http://HOST:9200\" or \"opensearch+https://HOST\"".into()
            );
        }
        if url.fragment().is_some() {
            return Err("it has a #, which a password must write as %23".into());
        }
        let mut ca = None;
        for (name, value) in url.query_pairs() {
            match &*name {
                "ca" if url.scheme() == "https" => ca = Some(PathBuf::from(&*value)),
                "ca" => return Err("?ca=FILE goes with opensearch+https:// only".into()),
                _ => return Err(format!("`{name}` is not ca=FILE")),
            }
        }
        let path = url.path().trim_matches('/');
        let prefix = if path.is_empty() { PREFIX } else { path };
        if !is_prefix(prefix) {
            return Err(format!(
                "the path is the beginning of the indices' names: at most {PREFIX_LONGEST} lower-case letters, \
                 digits, hyphens and underscores, a letter first"
            ));
        }
        let origin = url.origin().ascii_serialization();
        Ok(Self { origin, authorization: authorization(&url)?, prefix: prefix.to_owned(), ca })
    }
}

/// Whether names of indices may begin with it.
fn is_prefix(text: &str) -> bool {
    text.len() <= PREFIX_LONGEST
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

fn authorization(url: &Url) -> Result<Option<String>, String> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let decoded =
        |text| percent_decode_str(text).decode_utf8().map_err(|_| "user or password is not UTF-8".to_owned());
    let credentials =
        format!("{}:{}", decoded(url.username())?, decoded(url.password().unwrap_or_default())?);
    Ok(Some(format!("Basic {}", BASE64_STANDARD.encode(credentials))))
}

/// Without what it says to be let in.
impl fmt::Debug for OpenSearchUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenSearchUrl({self})")
    }
}

impl fmt::Display for OpenSearchUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "opensearch+{}/{}", self.origin, self.prefix)
    }
}

impl fmt::Display for SearchUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tantivy(folder) => write!(f, "tantivy:{}", folder.display()),
            Self::OpenSearch(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> OpenSearchUrl {
        match url.parse() {
            Ok(SearchUrl::OpenSearch(server)) => server,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn a_server_a_prefix_and_who_asks() {
        let plain = server("opensearch+http://search:9200");
        assert_eq!(
            (&*plain.origin, &*plain.prefix, &plain.authorization),
            ("http://search:9200", "kino", &None)
        );
        let full = server("opensearch+https://kino:p%40ss@search.example/cinema-2/?ca=/etc/ca.pem");
        assert_eq!((&*full.origin, &*full.prefix), ("https://search.example", "cinema-2"));
        assert_eq!(full.authorization.as_deref(), Some("Basic a2lubzpwQHNz"));
        assert_eq!(full.ca, Some(PathBuf::from("/etc/ca.pem")));
        let shown = format!("{full:?} {full}");
        assert!(!shown.contains("p%40ss") && !shown.contains("p@ss") && !shown.contains("a2lub"), "{shown}");
        assert_eq!("tantivy:/var/kino/search".parse(), Ok(SearchUrl::Tantivy("/var/kino/search".into())));
    }

    #[test]
    fn what_cannot_be_an_engine() {
        for url in [
            "tantivy:",
            "",
            "elastic://x",
            "opensearch+ftp://x",
            "opensearch+http://",
            "opensearch+http://x:99999",
            "opensearch+http://x/Kino",
            "opensearch+http://x/a/b",
            "opensearch+http://x/1",
            "opensearch+http://x/*",
            "opensearch+http://x?ca=a.pem",
            "opensearch+https://x?tls=off",
            "opensearch+http://kino:hush#@x",
        ] {
            let problem = url.parse::<SearchUrl>().unwrap_err();
            assert!(!problem.is_empty() && !problem.contains("hush"), "{url}: {problem}");
        }
    }
}
