//! Folders that nobody else on the machine may look into: whoever comes first makes them, a server or a command.

use std::{fs, io, path::Path};

/// Makes a folder where it is missing, and those above it, for this user alone. One that is there stays as it is.
pub fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn nobody_else_may_look_into_what_is_made() {
        let folder = TempDir::new().unwrap();
        let (above, below) = (folder.path().join("above"), folder.path().join("above/below"));
        make(&below).unwrap();
        let mode = |folder| fs::metadata(folder).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&above), mode(&below)), (0o700, 0o700));
        fs::set_permissions(&below, fs::Permissions::from_mode(0o750)).unwrap();
        make(&below).unwrap();
        assert_eq!(mode(&below), 0o750, "whoever opened it to a group meant it");
    }
}
