//! A private key as it signs: taken apart and checked once, when it is read. `jsonwebtoken` would do so at every
//! signature, which for RSA takes longer than to sign.

use aws_lc_rs::{
    error::Unspecified,
    rand::SystemRandom,
    rsa,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256},
};

use super::SigningAlgorithm;

/// The private part of a key.
pub(super) enum Signer {
    Rs256(rsa::KeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Signer {
    /// From PEM: PKCS#8, or PKCS#1 for RSA. None where it is no whole key of this algorithm.
    pub(super) fn read(algorithm: SigningAlgorithm, pem: &[u8]) -> Option<Self> {
        let pem = pem::parse(pem).ok()?;
        match algorithm {
            SigningAlgorithm::Rs256 if pem.tag() == "RSA PRIVATE KEY" => {
                rsa::KeyPair::from_der(pem.contents()).map(Self::Rs256)
            }
            SigningAlgorithm::Rs256 => rsa::KeyPair::from_pkcs8(pem.contents()).map(Self::Rs256),
            SigningAlgorithm::EdDsa => {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(pem.contents()).map(Self::EdDsa)
            }
        }
        .ok()
    }

    pub(super) fn signature(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
            Self::EdDsa(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}
