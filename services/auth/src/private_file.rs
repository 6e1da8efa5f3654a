//! Files that only the user of the program may read: private keys.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Makes a file that appears whole or not at all, and that nobody else may read. Of processes that race one makes it:
/// for the others it is there already (`AlreadyExists`).
pub(crate) fn make(file: &Path, content: &[u8], unique: u128) -> io::Result<()> {
    let unfinished = unfinished(file, unique);
    let made = write(&unfinished, content).and_then(|()| fs::hard_link(&unfinished, file));
    // What a crash leaves behind here is no key: nothing reads a file of this name.
    let _ = fs::remove_file(&unfinished);
    made?;
    file.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

fn write(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = fs::File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writing = options.open(file)?;
    writing.write_all(content)?;
    writing.sync_all()
}

fn unfinished(file: &Path, unique: u128) -> PathBuf {
    file.with_extension(format!("{unique:032x}.unfinished"))
}

/// Warns of a private file that others may read.
pub(crate) fn warn_if_others_may_read(file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
            tracing::warn!(file = %file.display(), "others may read this private key; chmod 600 it");
        }
    }
    #[cfg(not(unix))]
    let _ = file;
}
