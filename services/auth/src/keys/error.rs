//! What can be wrong with the keys.

use std::{
    io,
    path::{Path, PathBuf},
};

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
        problem: io::Error,
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
    /// A file's name tells neither when the key was made nor what for.
    #[error(
        "{0} is not named like a key (20261121T120000Z-rs256.pem: made when, for RS256 or EdDSA)\n  give it its name \
         back, or move it away"
    )]
    NoName(PathBuf),
    /// There is no key where keys were.
    #[error("{0} has no keys any more\n  put them back, or make a new one with `kino keys rotate`")]
    Empty(PathBuf),
    /// The system would not make a key.
    #[error("a new key could not be made; the system gives no randomness")]
    Generation,
    /// A token's claims could not be written.
    #[error("a token could not be written: {0}")]
    Claims(#[from] serde_json::Error),
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Signing(#[from] aws_lc_rs::error::Unspecified),
}

impl KeyError {
    /// What the system says of this folder or file.
    pub(super) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |problem| Self::Io { path: path.to_owned(), problem }
    }
}
