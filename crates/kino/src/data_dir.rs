//! The folder of the embedded engines, held by one server at a time.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

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
    fs::create_dir_all(folder).map_err(unusable)?;
    let lock =
        File::options().create(true).append(true).open(folder.join("server.lock")).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(Hold { _lock: lock }),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(folder.to_owned())),
        Err(TryLockError::Error(problem)) => Err(unusable(problem)),
    }
}
