//! Where a sign-in comes from, in two degrees: the network, which guessing is counted by, and the device, which its
//! owner is told of when it is new.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use kino_domain::UserId;
use sha2::{Digest as _, Sha256};

use crate::{
    store::{Device, SourceDigest},
    user_agent,
};

/// An IPv6 host commands a whole /64; its addresses are one source.
pub(crate) fn network(source: IpAddr) -> IpAddr {
    prefix(source, 32, 64)
}

/// The digest of the network that an account signs in from.
pub(crate) fn network_digest(user_id: UserId, source: IpAddr) -> SourceDigest {
    digest("network", user_id, &network(source).to_string())
}

/// The digest of the device: the browser without its version, somewhere in the same wide network. An address alone
/// changes too often, a browser alone is too common.
pub(crate) fn device_digest(user_id: UserId, device: &Device) -> SourceDigest {
    let source = device.ip.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let browser = user_agent::without_versions(&device.user_agent);
    digest("device", user_id, &format!("{} {browser}", prefix(source, 16, 32)))
}

/// The first bits of an address.
fn prefix(address: IpAddr, v4_bits: u32, v6_bits: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << (32 - v4_bits))).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - v6_bits))).into(),
    }
}

/// Of the account too: what one account's digests are says nothing of another's.
fn digest(kind: &str, user_id: UserId, text: &str) -> SourceDigest {
    let digest = Sha256::new()
        .chain_update(kind)
        .chain_update([0])
        .chain_update(user_id.0)
        .chain_update(text)
        .finalize();
    let mut short = SourceDigest::default();
    short.copy_from_slice(&digest[..16]);
    short
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ANNA: UserId = UserId(Uuid::from_u128(1));

    fn device(ip: &str, user_agent: &str) -> Device {
        Device { ip: ip.into(), user_agent: user_agent.into() }
    }

    #[test]
    fn a_network_is_an_address_or_an_ipv6_site() {
        let of = |ip: &str| network(ip.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[test]
    fn a_device_is_known_after_an_update_and_a_move_nearby() {
        let of = |ip, user_agent| device_digest(ANNA, &device(ip, user_agent));
        let home = of("192.0.2.7", "Firefox/140.0 (X11; Linux)");
        assert_eq!(of("192.0.200.9", "Firefox/141.0 (X11; Linux)"), home);
        assert_ne!(of("192.0.2.7", "Chrome/140.0 (X11; Linux)"), home);
        assert_ne!(of("198.51.100.7", "Firefox/140.0 (X11; Linux)"), home);
        assert_ne!(
            device_digest(UserId(Uuid::from_u128(2)), &device("192.0.2.7", "Firefox/140.0 (X11; Linux)")),
            home
        );
    }
}
