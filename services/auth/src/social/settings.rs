//! What can be set of a provider: a group of the section `[social]` of the configuration.

use std::net::IpAddr;

use serde::Deserialize;
use url::{Host, Url};

/// Names that the routes need for themselves.
const RESERVED: [&str; 1] = ["links"];

/// A provider where viewers may sign in.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SocialSettings {
    /// Its address; empty for VK and Yandex themselves.
    pub issuer: String,
    /// What it gave this site.
    pub client_id: String,
    /// Shown to the provider alone.
    pub client_secret: ClientSecret,
    /// What it is asked for; empty for what signing in needs.
    pub scopes: Vec<String>,
    /// The name on the button; empty for one that is made of its name.
    pub title: String,
}

/// A secret that is not written anywhere.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The secret, where there is one.
    pub(crate) fn get(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|secret| !secret.is_empty())
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret")
    }
}

impl SocialSettings {
    /// What is wrong with the settings: the name of the first that is, and why.
    pub fn validate(&self, name: &str) -> Result<(), (&'static str, &'static str)> {
        if RESERVED.contains(&name) {
            return Err((
                "client_id",
                "belongs to a provider with a name that the API needs; choose another",
            ));
        }
        if self.client_id.is_empty() {
            return Err(("client_id", "is empty; it is what the provider gave this site"));
        }
        if self.issuer.is_empty() {
            return match name {
                "vk" | "yandex" => Ok(()),
                _ => Err(("issuer", "is empty; it is the address of the provider, https://...")),
            };
        }
        let issuer = Url::parse(&self.issuer).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        match issuer {
            None => Err(("issuer", "must be an address, https://HOST/PATH, without anything after the path")),
            Some(url) if !is_safe(&url) => {
                Err(("issuer", "must begin with https:// (http:// is for addresses of this machine alone)"))
            }
            Some(_) => Ok(()),
        }
    }
}

/// Whether nobody on the way can read or change what is sent there.
pub(crate) fn is_safe(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name == "localhost",
        ("http", Some(Host::Ipv4(address))) => IpAddr::V4(address).is_loopback(),
        ("http", Some(Host::Ipv6(address))) => IpAddr::V6(address).is_loopback(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for (text, safe) in [
            ("https://id.example.org", true),
            ("http://127.0.0.1:8080/realms/a", true),
            ("http://[::1]/", true),
            ("http://localhost:9", true),
            ("http://localhost.example.org", false),
            ("http://10.0.0.1", false),
            ("ftp://127.0.0.1", false),
        ] {
            assert_eq!(is_safe(&Url::parse(text).unwrap()), safe, "{text}");
        }
    }
}
