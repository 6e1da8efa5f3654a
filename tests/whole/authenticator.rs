//! An authenticator made of software, and the browser around it: what a phone does when a site asks for a passkey, and
//! what a dishonest one may do.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kino_domain::Entropy;
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const NEW_CREDENTIAL: u8 = 0x40;

/// One passkey.
#[derive(Debug)]
pub(crate) struct Authenticator {
    /// Where the browser is.
    pub(crate) origin: String,
    /// The site that it signs for.
    pub(crate) rp_id: String,
    /// Whether it made sure who holds it.
    pub(crate) verifies: bool,
    /// How often it signed.
    pub(crate) counter: u32,
    /// The account that the passkey is for.
    pub(crate) user_handle: String,
    id: [u8; 32],
    key: EcdsaKeyPair,
}

impl Authenticator {
    /// A browser at `origin` with an authenticator that has no passkey yet.
    pub(crate) fn at(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            rp_id: "localhost".to_owned(),
            verifies: true,
            counter: 0,
            user_handle: String::new(),
            id: Entropy::system().bytes(),
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
        }
    }

    /// The name of the passkey, as sites write it.
    pub(crate) fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.id)
    }

    /// Makes a passkey: `navigator.credentials.create(...)`, as JSON.
    pub(crate) fn create(&mut self, options: &Value) -> Value {
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user_handle);
        let data = self.authenticator_data(NEW_CREDENTIAL, &self.new_credential());
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
        let length = u8::try_from(data.len()).unwrap();
        let object = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[length], &data].concat();
        json!({
            "id": self.id(), "rawId": self.id(), "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": self.client_data("webauthn.create", options),
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "transports": ["internal"],
            },
        })
    }

    /// Signs in: `navigator.credentials.get(...)`, as JSON.
    pub(crate) fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let data = self.authenticator_data(0, &[]);
        let client_data = self.client_data("webauthn.get", options);
        let hash = digest(&SHA256, &URL_SAFE_NO_PAD.decode(&client_data).unwrap());
        let signature = self.key.sign(&SystemRandom::new(), &[&data, hash.as_ref()].concat()).unwrap();
        json!({
            "id": self.id(), "rawId": self.id(), "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": client_data,
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": self.user_handle,
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let (challenge, origin) = (&options["challenge"], &self.origin);
        let data = json!({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false});
        URL_SAFE_NO_PAD.encode(data.to_string())
    }

    fn authenticator_data(&self, flags: u8, rest: &[u8]) -> Vec<u8> {
        let flags = flags | USER_PRESENT | if self.verifies { USER_VERIFIED } else { 0 };
        let site = digest(&SHA256, self.rp_id.as_bytes());
        [site.as_ref(), &[flags], &self.counter.to_be_bytes(), rest].concat()
    }

    /// The maker (nobody), the passkey's id and its public key in COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    fn new_credential(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let maker = [0; 16];
        [&maker[..], &[0, 32], &self.id, b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y]
            .concat()
    }
}
