//! The provider's keys and ID tokens.

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::Ed25519KeyPair,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use super::{CLIENT_ID, Fault, Grant, State};

/// A key that signs, and its public half.
#[derive(Clone)]
pub(super) struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl SigningKey {
    pub(super) fn rsa(kid: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        Self { kid: kid.to_owned(), algorithm: Algorithm::RS256, key }
    }

    pub(super) fn ed25519(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate_pkcs8v1(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(pair.as_ref()),
        }
    }

    pub(super) fn published(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        serde_json::to_value(jwk).unwrap()
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &self.key).unwrap()
    }
}

impl State {
    /// The ID token of a grant, right or wrong.
    pub(super) fn id_token(&self, grant: &Grant, issuer: &str) -> Option<String> {
        let now = self.clock.now().timestamp();
        let mut claims = grant.user.clone();
        let told = json!({
            "iss": issuer, "aud": grant.client_id, "iat": now, "exp": now + 300, "nonce": grant.nonce,
        });
        claims.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
        match self.fault {
            Some(Fault::WrongNonce) => claims["nonce"] = json!("another"),
            Some(Fault::NoNonce) => claims["nonce"] = Value::Null,
            Some(Fault::WrongAudience) => claims["aud"] = json!(["another"]),
            Some(Fault::WrongAuthorizedParty) => {
                claims["aud"] = json!(["another", CLIENT_ID]);
                claims["azp"] = json!("another");
            }
            Some(Fault::WrongIssuer) => claims["iss"] = json!("https://another.example"),
            Some(Fault::Expired) => claims["exp"] = json!(now - 61),
            Some(Fault::NotYetValid) => claims["nbf"] = json!(now + 120),
            Some(Fault::NoSubject) => claims["sub"] = json!(""),
            Some(Fault::TellsOfAnother) => {
                claims.as_object_mut().unwrap().remove("email");
            }
            Some(Fault::NoIdToken) => return None,
            _ => {}
        }
        let key = self.keys.first().unwrap();
        Some(match self.fault {
            Some(Fault::AlgorithmNone) => {
                let encoded = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
                format!("{}.{}.", encoded(json!({"alg": "none", "kid": key.kid})), encoded(claims))
            }
            Some(Fault::SharedSecret) => {
                // What everyone can read of the key, as if it were a secret.
                let secret = key.published()["n"].as_str().unwrap().to_owned();
                let mut header = Header::new(Algorithm::HS256);
                header.kid = Some(key.kid.clone());
                encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
            }
            Some(Fault::BadSignature) => SigningKey::rsa(&key.kid).sign(&claims),
            Some(Fault::UnknownKey) => SigningKey::rsa("nobody's").sign(&claims),
            _ => key.sign(&claims),
        })
    }
}
