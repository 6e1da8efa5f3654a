//! The mail server that a URL names, and the way to it.

use std::{net::IpAddr, time::Duration};

use lettre::transport::smtp::{
    Error as SmtpError,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, Tls, TlsParameters},
    extension::ClientId,
};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How long a server may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const SUBMISSION: u16 = 587;
const SUBMISSION_OVER_TLS: u16 = 465;

pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    hello: ClientId,
}

/// What the part behind `?` may ask for.
#[derive(Default)]
struct Wishes {
    tls_required: bool,
    ca: Option<Certificate>,
}

impl Server {
    /// The server at `url`, to which we say to be of `domain`.
    pub(super) fn from_url(url: &str, domain: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let host = match url.host() {
            Some(Host::Ipv6(ip)) => ip.to_string(),
            Some(host) => host.to_string(),
            None => return Err("it names no server".to_owned()),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(
                "behind the server stands something that is neither ?tls=required nor ?ca=FILE".to_owned()
            );
        }
        let wishes = Wishes::of(&url)?;
        let credentials = credentials(&url)?;
        let over_tls = url.scheme() == "smtps";
        // A password never travels in the clear, but within this machine.
        let tls_required =
            wishes.tls_required || wishes.ca.is_some() || credentials.is_some() && !is_this_machine(&host);
        let mut tls = TlsParameters::builder(host.clone());
        if let Some(ca) = wishes.ca {
            tls = tls.add_root_certificate(ca);
        }
        if !over_tls && !tls_required {
            // Where even no encryption would do, encryption to an unproven server is better than none: it keeps out
            // those who listen; those who interfere could as well hide that the server offers it.
            tls = tls.dangerous_accept_invalid_certs(true).dangerous_accept_invalid_hostnames(true);
        }
        let tls = tls.build().map_err(|error| error.to_string())?;
        let (port, tls) = match (over_tls, tls_required) {
            (true, _) => (SUBMISSION_OVER_TLS, Tls::Wrapper(tls)),
            (false, true) => (SUBMISSION, Tls::Required(tls)),
            (false, false) => (SUBMISSION, Tls::Opportunistic(tls)),
        };
        // Servers dislike names that cannot be looked up.
        let hello =
            if domain.contains('.') { ClientId::Domain(domain.to_owned()) } else { ClientId::default() };
        Ok(Self { host, port: url.port().unwrap_or(port), tls, credentials, hello })
    }

    /// A new connection, over which letters can be sent. Whoever calls bounds the time.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let from_the_start = match &self.tls {
            Tls::Wrapper(tls) => Some(tls.clone()),
            _ => None,
        };
        let place = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            place,
            Some(CONNECT_WITHIN),
            &self.hello,
            from_the_start,
            None,
        )
        .await?;
        match &self.tls {
            Tls::Required(tls) => connection.starttls(tls.clone(), &self.hello).await?,
            Tls::Opportunistic(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), &self.hello).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

impl Wishes {
    fn of(url: &Url) -> Result<Self, String> {
        let mut wishes = Self::default();
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("tls", "required") => wishes.tls_required = true,
                ("ca", file) => {
                    let pem = std::fs::read(file).map_err(|error| format!("ca={file}: {error}"))?;
                    let ca = Certificate::from_pem(&pem).map_err(|error| format!("ca={file}: {error}"))?;
                    wishes.ca = Some(ca);
                }
                _ => return Err(format!("`{name}` is neither tls=required nor ca=FILE")),
            }
        }
        Ok(wishes)
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, String> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(String::from).map_err(|_| "user or password is not UTF-8".to_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() => {
            Ok(Some(Credentials::new(decoded(user)?, decoded(password)?)))
        }
        _ => Err("a user and a password go together".to_owned()),
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server::from_url(url, "cinema.example").unwrap_or_else(|problem| panic!("{url}: {problem}"))
    }

    #[test]
    fn a_url_says_how_to_reach_the_server() {
        for (url, port, tls) in [
            ("smtp://relay.example.org", 587, "Opportunistic"),
            ("smtp://relay.example.org:25/?tls=required", 25, "Required"),
            ("smtps://relay.example.org", 465, "Wrapper"),
            ("smtps://kino:secret@relay.example.org:4650", 4650, "Wrapper"),
            ("smtp://localhost:25", 25, "Opportunistic"),
        ] {
            let server = server(url);
            assert_eq!((server.port, format!("{:?}", server.tls).as_str()), (port, tls), "{url}");
        }
        assert_eq!(server("smtp://[::1]:25").host, "::1");
    }

    #[test]
    fn a_password_leaves_the_machine_encrypted_alone() {
        for (url, tls) in [
            ("smtp://kino:secret@relay.example.org", "Required"),
            ("smtp://kino:secret@192.0.2.1:25", "Required"),
            ("smtp://kino:secret@localhost.example.org", "Required"),
            ("smtp://kino:secret@127.0.0.1:25", "Opportunistic"),
            ("smtp://kino:secret@[::1]:25", "Opportunistic"),
            ("smtp://kino:secret@localhost", "Opportunistic"),
        ] {
            assert_eq!(format!("{:?}", server(url).tls), tls, "{url}");
        }
    }

    #[test]
    fn user_and_password_may_be_escaped() {
        let server = server("smtps://anna%40example.org:p%40ss%2Fword@relay.example.org");
        let wanted = Credentials::new("anna@example.org".to_owned(), "p@ss/word".to_owned());
        assert!(server.credentials == Some(wanted));
    }
}
