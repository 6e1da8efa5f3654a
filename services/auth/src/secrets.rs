//! The data key: what the service keeps encrypted, and what it seals against change, it does with keys derived from
//! this one. It lies in a file beside the signing keys, not in the database: a copy of the database alone tells no
//! secret, and who can write to the database alone cannot forge a seal.

use std::{fs, io::ErrorKind, path::Path};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kino_domain::Entropy;
use kino_engine::private_folder;

use crate::{keys::KeyError, private_file};

const FILE: &str = "data.key";
const KEY_BYTES: usize = 32;

/// The data key.
#[derive(Clone)]
pub struct Secrets(hmac::Key);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Reads the key in `folder`, making it where there is none.
    pub fn open(folder: &Path, entropy: &Entropy) -> Result<Self, KeyError> {
        let file = folder.join(FILE);
        let failed = |problem| KeyError::Io { path: file.clone(), problem };
        private_folder::make(folder).map_err(failed)?;
        if !file.exists() {
            let key: [u8; KEY_BYTES] = entropy.bytes();
            let unique = u128::from_be_bytes(entropy.bytes());
            match private_file::make(&file, STANDARD.encode(key).as_bytes(), unique) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
                _ => {}
            }
        }
        Self::read(folder)
    }

    /// Reads the key in `folder`, for what makes no sense with a new one.
    pub fn read(folder: &Path) -> Result<Self, KeyError> {
        let file = folder.join(FILE);
        private_file::warn_if_others_may_read(&file);
        let text =
            fs::read_to_string(&file).map_err(|problem| KeyError::Io { path: file.clone(), problem })?;
        let key = STANDARD.decode(text.trim()).ok().filter(|key| key.len() == KEY_BYTES);
        let key = key.ok_or_else(|| KeyError::NoDataKey(file.clone()))?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    /// A seal over `parts` for one purpose. Parts are told apart by their lengths.
    pub fn seal(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.derive(purpose)));
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut seal = [0; 32];
        seal.copy_from_slice(context.sign().as_ref());
        seal
    }

    /// Encrypts for one purpose, bound to its owner (an account's id, say): moved to another row it does not open.
    pub fn encrypt(&self, purpose: &str, owner: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = plain.to_vec();
        let nonce = self
            .cipher(purpose)
            .and_then(|key| key.seal_in_place_append_tag(Aad::from(owner), &mut sealed).ok());
        // Fails only where the system gives no randomness; then nothing is kept, least of all the plain text.
        nonce.map(|nonce| [&nonce.as_ref()[..], &sealed].concat()).unwrap_or_default()
    }

    /// What was encrypted for this purpose and owner; none where it was not, or not by this key.
    pub fn decrypt(&self, purpose: &str, owner: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = sealed.to_vec();
        let plain =
            self.cipher(purpose)?.open_in_place(Nonce::from(nonce), Aad::from(owner), &mut plain).ok()?;
        Some(plain.to_vec())
    }

    fn cipher(&self, purpose: &str) -> Option<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.derive(purpose)).ok()
    }

    /// A key for one purpose alone.
    fn derive(&self, purpose: &str) -> [u8; KEY_BYTES] {
        let mut key = [0; KEY_BYTES];
        key.copy_from_slice(hmac::sign(&self.0, purpose.as_bytes()).as_ref());
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_opens_for_its_purpose_and_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(folder.path(), &Entropy::system()).unwrap();
        let sealed = secrets.encrypt("totp", b"anna", b"secret");
        let again = Secrets::open(folder.path(), &Entropy::system()).unwrap();
        assert_eq!(again.decrypt("totp", b"anna", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(again.decrypt("totp", b"boris", &sealed), None);
        assert_eq!(again.decrypt("other", b"anna", &sealed), None);
        assert_eq!(again.decrypt("totp", b"anna", &sealed[..sealed.len() - 1]), None);
        assert_eq!(again.decrypt("totp", b"anna", b""), None);
        assert_ne!(secrets.encrypt("totp", b"anna", b"secret"), sealed, "nonces differ");
    }

    #[test]
    fn a_seal_tells_parts_and_purposes_apart() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(folder.path(), &Entropy::system()).unwrap();
        assert_eq!(secrets.seal("a", &[b"x", b"y"]), secrets.seal("a", &[b"x", b"y"]));
        assert_ne!(secrets.seal("a", &[b"xy", b""]), secrets.seal("a", &[b"x", b"y"]));
        assert_ne!(secrets.seal("b", &[b"x", b"y"]), secrets.seal("a", &[b"x", b"y"]));
    }

    #[test]
    fn of_processes_that_race_one_makes_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let seals: Vec<_> = std::thread::scope(|scope| {
            let racing: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| Secrets::open(folder.path(), &Entropy::system()).unwrap().seal("a", &[]))
                })
                .collect();
            racing.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(seals.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished stays");
    }

    #[test]
    fn a_damaged_key_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "half").unwrap();
        let error = Secrets::open(folder.path(), &Entropy::system()).unwrap_err().to_string();
        assert!(error.contains("data.key") && error.contains("put back a copy"), "{error}");
    }
}
