//! What signs refresh tokens: a secret, since only this service reads them. Nobody else needs to verify them, so nobody else
//! can, and a HMAC takes next to no time beside a signature of RSA.

use aws_lc_rs::{hkdf, hmac};
use jsonwebtoken::{Algorithm, DecodingKey};
use kino_token::{Claims, TokenError, TokenPolicy, TokenType, verify};

/// Keeps secrets of another use apart from this one.
const USE: &[u8] = b"kino refresh token";

/// Of one private key, and derived from it (HKDF-SHA256, RFC 5869): made, rotated and taken away with it.
pub(super) struct RefreshSecret {
    signing: hmac::Key,
    verifying: DecodingKey,
}

impl RefreshSecret {
    /// The algorithm of refresh tokens.
    pub(super) const ALGORITHM: Algorithm = Algorithm::HS256;

    /// Of a private key in PEM; none where it is not PEM.
    pub(super) fn of(pem: &[u8]) -> Option<Self> {
        let pem = pem::parse(pem).ok()?;
        let mut secret = [0; 32];
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(pem.contents())
            .expand(&[USE], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut secret))
            .ok()?;
        let signing = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        Some(Self { signing, verifying: DecodingKey::from_secret(&secret) })
    }

    pub(super) fn tag(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.signing, message).as_ref().to_vec()
    }

    /// What a refresh token signed with this secret claims.
    pub(super) fn verify(&self, token: &str, policy: &TokenPolicy) -> Result<Claims, TokenError> {
        verify(token, TokenType::Refresh, &self.verifying, Self::ALGORITHM, policy)
    }
}

impl std::fmt::Debug for RefreshSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshSecret")
    }
}
