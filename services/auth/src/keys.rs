//! The keys that sign tokens: files that only this service reads, made at the first start.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash},
};
use kino_domain::Clock;
use kino_token::Claims;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The folder or a file cannot be read or written.
    #[error(
        "{path}: {problem}\n  this folder holds the keys that sign tokens; it must belong to the user that runs kino"
    )]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        problem: std::io::Error,
    },
    /// A file is no key.
    #[error(
        "{0} is not a whole private key (PKCS#8 PEM)\n  put back a copy of the file, or move it away: a new key is \
         made at the next start, and everyone signs in again"
    )]
    NoKey(PathBuf),
    /// The data key's file is damaged.
    #[error(
        "{0} is not a whole data key (32 bytes in base64)\n  put back a copy of the file; without it authenticator apps \
         are set up anew and the audit log cannot be verified"
    )]
    NoDataKey(PathBuf),
    /// The system would not make a key.
    #[error("a new key could not be made; the system gives no randomness")]
    Generation,
    /// A token could not be signed.
    #[error("a token could not be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// The signing keys.
pub struct Keys {
    signing: SigningKey,
    published: JwkSet,
}

struct SigningKey {
    kid: String,
    key: EncodingKey,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.signing.kid)
    }
}

impl Keys {
    /// Reads the keys in `folder`, making the first where there is none. The newest signs; all verify.
    pub fn open(folder: &Path, clock: &Clock) -> Result<Self, KeyError> {
        let mut files = key_files(folder)?;
        if files.is_empty() {
            files.push(make(folder, clock)?);
        }
        let mut published = Vec::new();
        let mut newest = None;
        for file in files {
            let (signing, jwk) = read(&file)?;
            published.push(jwk);
            newest = Some(signing);
        }
        let signing = newest.ok_or(KeyError::Generation)?;
        Ok(Self { signing, published: JwkSet { keys: published } })
    }

    /// Signs a token.
    pub fn sign(&self, claims: &Claims) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.signing.kid.clone());
        header.typ = Some(claims.token_type.header_typ().to_owned());
        Ok(jsonwebtoken::encode(&header, claims, &self.signing.key)?)
    }

    /// What others verify with.
    pub const fn published(&self) -> &JwkSet {
        &self.published
    }
}

/// Looks at the keys in `folder` without making any: how many there are, all of them whole.
pub fn inspect_keys(folder: &Path) -> Result<usize, KeyError> {
    let files = if folder.exists() { key_files(folder)? } else { Vec::new() };
    for file in &files {
        read(file)?;
    }
    Ok(files.len())
}

/// The key files, oldest first: their names begin with the moment of their making.
fn key_files(folder: &Path) -> Result<Vec<PathBuf>, KeyError> {
    let failed = |problem| KeyError::Io { path: folder.to_owned(), problem };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "pem") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<(SigningKey, Jwk), KeyError> {
    let pem = fs::read(file).map_err(|problem| KeyError::Io { path: file.to_owned(), problem })?;
    let no_key = |_| KeyError::NoKey(file.to_owned());
    let key = EncodingKey::from_rsa_pem(&pem).map_err(no_key)?;
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(no_key)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(no_key)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    jwk.common.key_algorithm = Some(KeyAlgorithm::RS256);
    warn_if_others_may_read(file);
    Ok((SigningKey { kid, key }, jwk))
}

/// Makes a key. The file appears whole or not at all.
fn make(folder: &Path, clock: &Clock) -> Result<PathBuf, KeyError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generation)?;
    let der: Pkcs8V1Der = pair.as_der().map_err(|_| KeyError::Generation)?;
    let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
    let file = folder.join(format!("{}-rs256.pem", clock.now().format("%Y%m%dT%H%M%SZ")));
    let unfinished = file.with_extension("unfinished");
    let failed = |problem| KeyError::Io { path: unfinished.clone(), problem };
    let mut options = fs::File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writing = options.open(&unfinished).map_err(failed)?;
    writing.write_all(pem.as_bytes()).and_then(|()| writing.sync_all()).map_err(failed)?;
    fs::rename(&unfinished, &file).map_err(failed)?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    tracing::info!(file = %file.display(), "made a key to sign tokens with");
    Ok(file)
}

#[cfg(unix)]
fn warn_if_others_may_read(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        tracing::warn!(file = %file.display(), "others may read this private key; chmod 600 it");
    }
}

#[cfg(not(unix))]
fn warn_if_others_may_read(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_makes_a_key_and_the_next_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::open(folder.path(), &Clock::system()).unwrap();
        let second = Keys::open(folder.path(), &Clock::system()).unwrap();
        assert_eq!(first.signing.kid, second.signing.kid);
        let published = serde_json::to_string(first.published()).unwrap();
        assert!(published.contains(&first.signing.kid) && published.contains("RS256"));
        for private in ["\"d\"", "\"p\"", "\"q\""] {
            assert!(!published.contains(private), "{published}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let file = key_files(folder.path()).unwrap().remove(0);
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_half_written_key_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        Keys::open(folder.path(), &Clock::system()).unwrap();
        let file = key_files(folder.path()).unwrap().remove(0);
        let whole = fs::read(&file).unwrap();
        for length in [0, 1, 100, whole.len() / 2, whole.len() - 40] {
            fs::write(&file, &whole[..length]).unwrap();
            let error = Keys::open(folder.path(), &Clock::system()).unwrap_err().to_string();
            assert!(
                error.contains("is not a whole private key") && error.contains("move it away"),
                "{error}"
            );
        }
        // What a crash while making a key leaves behind is no key.
        fs::rename(&file, file.with_extension("unfinished")).unwrap();
        Keys::open(folder.path(), &Clock::system()).unwrap();
    }
}
