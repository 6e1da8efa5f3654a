//! Where viewers reach the site.

use std::net::SocketAddr;

use url::{Position, Url};

/// Scheme, host and port of a URL over HTTP that has nothing else.
pub(crate) fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_bare =
        url.username().is_empty() && url.password().is_none() && &url[Position::BeforePath..] == "/";
    let is_http = matches!(url.scheme(), "http" | "https");
    (is_http && is_bare).then(|| url.origin().ascii_serialization())
}

/// The origin of a site that has none but the address it listens on.
pub(crate) fn of_address(address: SocketAddr) -> String {
    // A browser trusts `localhost` as it does HTTPS, and takes no passkeys at `127.0.0.1`.
    if address.ip().is_loopback() || address.ip().is_unspecified() {
        return format!("http://localhost:{}", address.port());
    }
    format!("http://{address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, wanted) in [
            ("https://cinema.example", "https://cinema.example"),
            ("https://Cinema.example/", "https://cinema.example"),
            ("https://cinema.example:443", "https://cinema.example"),
            ("http://10.0.0.5:8000/", "http://10.0.0.5:8000"),
            ("https://кино.рф", "https://xn--h1adke.xn--p1ai"),
        ] {
            assert_eq!(origin(text).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "",
            "cinema.example",
            "localhost:8000",
            "ftp://cinema.example",
            "https://",
            "https://cinema.example/films",
            "https://cinema.example/?a",
            "https://cinema.example/#a",
            "https://cinema.example//",
            "https://user:secret@cinema.example",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_of_this_machine_is_localhost() {
        for (address, wanted) in [
            ("127.0.0.1:8000", "http://localhost:8000"),
            ("[::1]:8000", "http://localhost:8000"),
            ("0.0.0.0:80", "http://localhost:80"),
            ("10.0.0.5:8000", "http://10.0.0.5:8000"),
            ("[2001:db8::5]:8000", "http://[2001:db8::5]:8000"),
        ] {
            assert_eq!(of_address(address.parse().unwrap()), wanted);
        }
    }
}
