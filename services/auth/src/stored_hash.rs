//! Password hashes that were made elsewhere: which can be compared with, and at what cost.

use argon2::{
    ARGON2D_IDENT, ARGON2I_IDENT, ARGON2ID_IDENT, Params, Version,
    password_hash::phc::{Ident, PasswordHash},
};

/// A hash that asks for more would take the machine's memory, or its time, at every sign-in.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 20;
const MOST_BCRYPT_COST: u32 = 16;
const ARGON2: [Ident; 3] = [ARGON2ID_IDENT, ARGON2I_IDENT, ARGON2D_IDENT];

/// Why a hash is not kept. It never says what the hash was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error(
        "it is no whole Argon2 hash ($argon2id$..., $argon2i$..., $argon2d$...) and no bcrypt hash ($2a$, $2b$, $2y$)"
    )]
    Unknown,
    #[error("comparing it would take more than 1 GiB of memory, 20 passes or a bcrypt cost of 16")]
    Costly,
}

/// Whether a password can be compared with this hash, at a cost that is no danger.
pub(crate) fn check(hash: &str) -> Result<(), Unusable> {
    if hash.starts_with("$2") { check_bcrypt(hash) } else { check_argon2(hash) }
}

fn check_bcrypt(hash: &str) -> Result<(), Unusable> {
    let is_known = ["$2a$", "$2b$", "$2y$"].iter().any(|version| hash.starts_with(version));
    let parts: bcrypt::HashParts = hash.parse().map_err(|_| Unusable::Unknown)?;
    match parts.get_cost() {
        4..=MOST_BCRYPT_COST if is_known => Ok(()),
        0..4 | 32.. => Err(Unusable::Unknown),
        _ if is_known => Err(Unusable::Costly),
        _ => Err(Unusable::Unknown),
    }
}

fn check_argon2(hash: &str) -> Result<(), Unusable> {
    let hash = PasswordHash::new(hash).map_err(|_| Unusable::Unknown)?;
    let params = Params::try_from(&hash).map_err(|_| Unusable::Unknown)?;
    let is_known_version = hash.version.is_none_or(|version| Version::try_from(version).is_ok());
    // One with a key id needs a secret that is not in the hash.
    let is_whole = hash.salt.is_some() && hash.hash.is_some() && params.keyid().is_empty();
    if !ARGON2.contains(&hash.algorithm) || !is_known_version || !is_whole {
        return Err(Unusable::Unknown);
    }
    if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES {
        return Err(Unusable::Costly);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT_AND_HASH: &str = "c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    #[test]
    fn hashes_of_the_common_kinds_are_kept() {
        let bcrypt = bcrypt::hash("x", 4).unwrap();
        for version in ["$2a$", "$2b$", "$2y$"] {
            assert_eq!(check(&format!("{version}{}", &bcrypt[4..])), Ok(()), "{version}");
        }
        for kind in ["argon2id", "argon2i", "argon2d"] {
            assert_eq!(check(&format!("${kind}$v=19$m=65536,t=3,p=4${SALT_AND_HASH}")), Ok(()), "{kind}");
        }
        assert_eq!(check(&format!("$argon2i$v=16$m=4096,t=3,p=1${SALT_AND_HASH}")), Ok(()));
    }

    #[test]
    fn what_is_no_hash_is_not() {
        let bcrypt = bcrypt::hash("x", 4).unwrap();
        for bad in [
            "",
            "secret",
            "$",
            "$2b$",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "$6$rounds=5000$salt$hash",
            "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ",
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
            &format!("$argon2id$v=18$m=65536,t=3,p=4${SALT_AND_HASH}"),
            &format!("$argon2x$v=19$m=65536,t=3,p=4${SALT_AND_HASH}"),
            &format!("$2x${}", &bcrypt[4..]),
            &format!("$2b$03${}", &bcrypt[7..]),
            &bcrypt[..59],
            &format!("{bcrypt}x"),
        ] {
            assert_eq!(check(bad), Err(Unusable::Unknown), "{bad}");
        }
    }

    #[test]
    fn what_would_take_the_machine_is_not() {
        let bcrypt = bcrypt::hash("x", 4).unwrap();
        for (m, t) in [(1024 * 1024 + 1, 1), (4_000_000, 3), (65536, 21), (8, u32::MAX)] {
            let costly = format!("$argon2id$v=19$m={m},t={t},p=1${SALT_AND_HASH}");
            assert_eq!(check(&costly), Err(Unusable::Costly), "{costly}");
        }
        for cost in [17, 31] {
            assert_eq!(check(&format!("$2b${cost}${}", &bcrypt[7..])), Err(Unusable::Costly), "{cost}");
        }
    }
}
