//! What tokens can be signed with.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::Ed25519KeyPair,
};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde::{Deserialize, Serialize};

use super::KeyError;

/// The algorithm of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSA of 2048 bits: every JWT library knows it.
    #[serde(rename = "RS256")]
    Rs256,
    /// Ed25519: short signatures, quickly made.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    const ALL: [Self; 2] = [Self::Rs256, Self::EdDsa];

    /// The word for it in the names of files.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Rs256 => "rs256",
            Self::EdDsa => "eddsa",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.word() == word)
    }

    pub(super) const fn of_tokens(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }

    /// Makes a private key, as PKCS#8 in PEM.
    pub(super) fn generate(self) -> Result<String, KeyError> {
        let der: Result<Pkcs8V1Der<'_>, _> = match self {
            Self::Rs256 => KeyPair::generate(KeySize::Rsa2048).and_then(|pair| pair.as_der()),
            Self::EdDsa => Ed25519KeyPair::generate().and_then(|pair| pair.as_der()),
        };
        let der = der.map_err(|_| KeyError::Generation)?;
        Ok(pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref())))
    }

    pub(super) fn read(self, pem: &[u8]) -> jsonwebtoken::errors::Result<EncodingKey> {
        match self {
            Self::Rs256 => EncodingKey::from_rsa_pem(pem),
            Self::EdDsa => EncodingKey::from_ed_pem(pem),
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        })
    }
}
