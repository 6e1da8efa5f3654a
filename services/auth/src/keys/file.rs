//! One key, as its file has it. The file's name tells when the key was made, and for which algorithm.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use aws_lc_rs::error::Unspecified;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDateTime, Utc};
use jsonwebtoken::{
    Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use kino_token::{Claims, TokenError, TokenPolicy, TokenType};

use super::{KeyError, SigningAlgorithm, refresh_secret::RefreshSecret, signer::Signer};
use crate::private_file;

const MOMENT: &str = "%Y%m%dT%H%M%SZ";

/// The name of a key's file: `20261121T120000Z-rs256.pem`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyName {
    /// In whole seconds.
    pub(super) made_at: DateTime<Utc>,
    pub(super) algorithm: SigningAlgorithm,
}

impl KeyName {
    pub(super) fn of(file: &Path) -> Option<Self> {
        let (moment, word) = file.file_name()?.to_str()?.strip_suffix(".pem")?.split_once('-')?;
        let made_at = NaiveDateTime::parse_from_str(moment, MOMENT).ok()?.and_utc();
        Some(Self { made_at, algorithm: SigningAlgorithm::of_word(word)? })
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.pem", self.made_at.format(MOMENT), self.algorithm.word())
    }
}

/// A private key that signs tokens.
#[derive(Debug)]
pub struct Key {
    /// Its id: the hash of its public part (RFC 7638).
    pub kid: String,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// When it was made, in whole seconds.
    pub made_at: DateTime<Utc>,
    pub(super) file: PathBuf,
    pub(super) jwk: Jwk,
    private: Signer,
    refresh: RefreshSecret,
}

impl Key {
    pub(super) fn read(file: &Path) -> Result<Self, KeyError> {
        let KeyName { made_at, algorithm } =
            KeyName::of(file).ok_or_else(|| KeyError::NoName(file.to_owned()))?;
        let pem = fs::read(file).map_err(KeyError::io(file))?;
        let no_key = |_| KeyError::NoKey(file.to_owned());
        let private = Signer::read(algorithm, &pem).ok_or_else(|| KeyError::NoKey(file.to_owned()))?;
        let refresh = RefreshSecret::of(&pem).ok_or_else(|| KeyError::NoKey(file.to_owned()))?;
        let encoding = algorithm.read(&pem).map_err(no_key)?;
        let mut jwk = Jwk::from_encoding_key(&encoding, algorithm.of_tokens()).map_err(no_key)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(no_key)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        private_file::warn_if_others_may_read(file);
        Ok(Self { kid, algorithm, made_at, file: file.to_owned(), jwk, private, refresh })
    }

    pub(super) fn sign(&self, claims: &Claims) -> Result<String, KeyError> {
        let algorithm = match claims.token_type {
            TokenType::Access => self.algorithm.of_tokens(),
            TokenType::Refresh => RefreshSecret::ALGORITHM,
        };
        let header = Header {
            kid: Some(self.kid.clone()),
            typ: Some(claims.token_type.header_typ().to_owned()),
            ..Header::new(algorithm)
        };
        compact(&header, claims, |message| match claims.token_type {
            TokenType::Access => self.private.signature(message),
            TokenType::Refresh => Ok(self.refresh.tag(message)),
        })
    }

    /// What a refresh token that this key signed claims.
    pub(super) fn verify_refresh(&self, token: &str, policy: &TokenPolicy) -> Result<Claims, TokenError> {
        self.refresh.verify(token, policy)
    }
}

/// The token of these claims (RFC 7515, compact).
fn compact(
    header: &Header,
    claims: &Claims,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, Unspecified>,
) -> Result<String, KeyError> {
    let mut token = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(header)?);
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
    let signature = sign(token.as_bytes())?;
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_moment_and_algorithm() {
        let file = Path::new("/keys/20261121T120005Z-eddsa.pem");
        let name = KeyName::of(file).unwrap();
        assert_eq!(name.made_at, DateTime::parse_from_rfc3339("2026-11-21T12:00:05Z").unwrap());
        assert_eq!(name.algorithm, SigningAlgorithm::EdDsa);
        assert_eq!(name.to_string(), "20261121T120005Z-eddsa.pem");
        for other in [
            "key.pem",
            "20261121T120005Z.pem",
            "20261121T120005Z-hs256.pem",
            "20261321T120005Z-rs256.pem",
            "20261121T120005Z-rs256.pem.unfinished",
            "x-rs256.pem",
        ] {
            assert_eq!(KeyName::of(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn what_is_published_of_a_key_is_its_public_part() {
        let folder = tempfile::tempdir().unwrap();
        for (algorithm, kty, word) in
            [(SigningAlgorithm::Rs256, "RSA", "RS256"), (SigningAlgorithm::EdDsa, "OKP", "EdDSA")]
        {
            let name = KeyName { made_at: DateTime::UNIX_EPOCH, algorithm };
            let file = folder.path().join(name.to_string());
            fs::write(&file, algorithm.generate().unwrap()).unwrap();
            let key = Key::read(&file).unwrap();
            let jwk = serde_json::to_value(&key.jwk).unwrap();
            assert_eq!((&jwk["kty"], &jwk["alg"], &jwk["use"]), (&kty.into(), &word.into(), &"sig".into()));
            assert_eq!(jwk["kid"], key.kid.as_str());
            for private in ["d", "p", "q"] {
                assert_eq!(jwk.get(private), None, "{jwk}");
            }
            assert!(!format!("{key:?}").contains("PRIVATE"), "{key:?}");
        }
    }

    #[test]
    fn a_key_of_one_algorithm_under_the_name_of_another_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let [rs256, eddsa] =
            ["20261121T120005Z-rs256.pem", "20261121T120005Z-eddsa.pem"].map(|name| folder.path().join(name));
        fs::write(&rs256, SigningAlgorithm::EdDsa.generate().unwrap()).unwrap();
        fs::write(&eddsa, SigningAlgorithm::Rs256.generate().unwrap()).unwrap();
        for file in [rs256, eddsa] {
            assert!(matches!(Key::read(&file), Err(KeyError::NoKey(_))));
        }
    }
}
