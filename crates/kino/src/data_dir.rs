//! The folders of the embedded engines, each held by one server at a time and closed to other users of the machine.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use kino_engine::private_folder;

use crate::StartError;

/// The hold on a data folder; ends when it is dropped, or with the process.
#[derive(Debug)]
pub(crate) struct Hold {
    _lock: File,
}

/// Makes the folder where it is missing and holds it.
pub(crate) fn hold(folder: &Path) -> Result<Hold, StartError> {
    let unusable = |problem: std::io::Error| StartError::DataDir {
        folder: folder.to_owned(),
        problem: problem.to_string(),
    };
    // It holds password hashes and private keys.
    private_folder::make(folder).map_err(unusable)?;
    warn_if_others_may_look(folder);
    let lock =
        File::options().create(true).append(true).open(folder.join("server.lock")).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(Hold { _lock: lock }),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(folder.to_owned())),
        Err(TryLockError::Error(problem)) => Err(unusable(problem)),
    }
}

#[cfg(unix)]
fn warn_if_others_may_look(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        tracing::warn!(folder = %folder.display(), "others may look into the data folder; chmod 700 it");
    }
}

#[cfg(not(unix))]
fn warn_if_others_may_look(_: &Path) {}
