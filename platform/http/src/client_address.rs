//! Where a request comes from.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
};

use axum::extract::FromRequestParts;
use http::{HeaderMap, request::Parts};

/// The address of the client. The node puts it beside each request; in-process callers (a face on behalf of a viewer)
/// hand theirs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The client behind a peer: the peer itself, unless it is a proxy that is trusted to say in `X-Forwarded-For` whom
    /// it speaks for. The list is read from its end, as far as proxies that are trusted wrote it.
    pub fn behind(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> Self {
        let mut client = peer.to_canonical();
        if !trusted_proxies.contains(&client) {
            return Self(client);
        }
        let values = headers.get_all("x-forwarded-for").iter().rev();
        let hops = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.rsplit(','));
        for hop in hops {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
            if !trusted_proxies.contains(&client) {
                break;
            }
        }
        Self(client)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let told = parts.extensions.get::<Self>().copied();
        Ok(told.unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let client = |peer: &str, forwarded: &[&str], trusted: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            let trusted: Vec<IpAddr> = trusted.iter().map(|proxy| proxy.parse().unwrap()).collect();
            ClientAddress::behind(peer.parse().unwrap(), &headers, &trusted).0.to_string()
        };
        for (peer, forwarded, trusted, wanted) in [
            ("9.9.9.9", &["1.1.1.1"][..], &[][..], "9.9.9.9"),
            ("10.0.0.1", &["1.1.1.1"], &["10.0.0.1"], "1.1.1.1"),
            // What the client itself wrote stands before what the proxy added.
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1"], &["10.0.0.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6", "1.1.1.1, 10.0.0.2"], &["10.0.0.1", "10.0.0.2"], "1.1.1.1"),
            ("10.0.0.1", &["nonsense"], &["10.0.0.1"], "10.0.0.1"),
            ("10.0.0.1", &[], &["10.0.0.1"], "10.0.0.1"),
            ("::ffff:10.0.0.1", &["2001:db8::1"], &["10.0.0.1"], "2001:db8::1"),
        ] {
            assert_eq!(client(peer, forwarded, trusted), wanted, "{peer} {forwarded:?} {trusted:?}");
        }
    }
}
