//! The folder of the keys: servers and commands read it, add to it and take out of it side by side.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{SubsecRound as _, TimeDelta};
use kino_domain::{Clock, Entropy};
use kino_engine::private_folder;

use super::{Key, KeyError, Ring, SigningAlgorithm, file::KeyName};
use crate::private_file;

/// Held by whoever adds or removes keys, for that long.
const LOCK: &str = "keys.lock";

/// A folder of signing keys.
#[derive(Clone, Debug)]
pub struct KeyFolder {
    pub(crate) path: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
}

impl KeyFolder {
    /// The folder at `path`, which need not be there yet.
    pub const fn new(path: PathBuf, clock: Clock, entropy: Entropy) -> Self {
        Self { path, clock, entropy }
    }

    /// The keys, all of them whole; none where there is none yet.
    pub fn read(&self) -> Result<Option<Ring>, KeyError> {
        let files = match self.files() {
            Err(KeyError::Io { problem, .. }) if problem.kind() == ErrorKind::NotFound => return Ok(None),
            files => files?,
        };
        let keys = files.iter().map(|file| Key::read(file).map(Arc::new));
        Ok(Ring::new(keys.collect::<Result<_, _>>()?))
    }

    /// Makes a key. Those before it go on verifying.
    pub fn rotate(&self, algorithm: SigningAlgorithm) -> Result<Ring, KeyError> {
        self.make_unless(algorithm, |_| false).map(|(ring, _)| ring)
    }

    /// Makes a key and deletes all others: what they signed is refused from then on.
    pub fn replace_all(&self, algorithm: SigningAlgorithm) -> Result<Ring, KeyError> {
        let _lock = self.lock()?;
        let leaked = self.files()?;
        self.make(algorithm)?;
        for file in &leaked {
            self.delete(file)?;
        }
        self.read()?.ok_or_else(|| KeyError::Empty(self.path.clone()))
    }

    /// Makes a key unless those that there are suffice, and says whether it did. Of processes that want one at once,
    /// one makes it.
    pub(super) fn make_unless(
        &self,
        algorithm: SigningAlgorithm,
        suffices: impl Fn(&Ring) -> bool,
    ) -> Result<(Ring, bool), KeyError> {
        // Without the lock first: a folder that nothing is to be written into may be read-only.
        if let Some(ring) = self.read()?.filter(&suffices) {
            return Ok((ring, false));
        }
        let _lock = self.lock()?;
        if let Some(ring) = self.read()?.filter(&suffices) {
            return Ok((ring, false));
        }
        self.make(algorithm)?;
        let ring = self.read()?.ok_or_else(|| KeyError::Empty(self.path.clone()))?;
        Ok((ring, true))
    }

    /// The keys as they are now, if they are not the `held` ones. Files that are known are not read again. What is
    /// wrong with the others is told, and does not harm those that are held.
    pub(super) fn read_again(&self, held: &Ring, problems: &mut Vec<KeyError>) -> Option<Ring> {
        let files = self.files().map_err(|problem| problems.push(problem)).ok()?;
        let mut keys = Vec::new();
        for file in files {
            match held.of_file(&file).cloned().map_or_else(|| Key::read(&file).map(Arc::new), Ok) {
                Ok(key) => keys.push(key),
                Err(problem) => problems.push(problem),
            }
        }
        let found = Ring::new(keys);
        if found.is_none() {
            problems.push(KeyError::Empty(self.path.clone()));
        }
        found.filter(|found| !found.is_same(held))
    }

    /// Takes a key out of service; says whether it was this hand that did.
    pub(super) fn retire(&self, key: &Key) -> Result<bool, KeyError> {
        let _lock = self.lock()?;
        let is_there = key.file.exists();
        self.delete(&key.file)?;
        Ok(is_there)
    }

    /// The files of keys, whole or not.
    fn files(&self) -> Result<Vec<PathBuf>, KeyError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(KeyError::io(&self.path))? {
            let path = entry.map_err(KeyError::io(&self.path))?.path();
            if path.extension().is_some_and(|extension| extension == "pem") {
                files.push(path);
            }
        }
        Ok(files)
    }

    /// Makes a key that is newer than all others, whatever the clock says: its place among them is the order in which
    /// they sign.
    fn make(&self, algorithm: SigningAlgorithm) -> Result<(), KeyError> {
        let newest = self.files()?.iter().filter_map(|file| KeyName::of(file)).map(|name| name.made_at).max();
        let now = self.clock.now().trunc_subsecs(0);
        let made_at = newest.map_or(now, |newest| now.max(newest + TimeDelta::seconds(1)));
        let file = self.path.join(KeyName { made_at, algorithm }.to_string());
        let unique = u128::from_be_bytes(self.entropy.bytes());
        private_file::make(&file, algorithm.generate()?.as_bytes(), unique).map_err(KeyError::io(&file))?;
        tracing::info!(file = %file.display(), "made a key to sign tokens with");
        Ok(())
    }

    fn delete(&self, file: &Path) -> Result<(), KeyError> {
        match fs::remove_file(file) {
            Err(problem) if problem.kind() != ErrorKind::NotFound => Err(KeyError::io(file)(problem)),
            _ => {
                File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(KeyError::io(&self.path))
            }
        }
    }

    /// Waits for the lock. It ends when it is dropped, or with the process.
    fn lock(&self) -> Result<File, KeyError> {
        private_folder::make(&self.path).map_err(KeyError::io(&self.path))?;
        let path = self.path.join(LOCK);
        let lock = File::options().create(true).append(true).open(&path).map_err(KeyError::io(&path))?;
        lock.lock().map_err(KeyError::io(&path))?;
        Ok(lock)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn folder(path: &Path) -> KeyFolder {
        let clock = Clock::manual(DateTime::from_timestamp(1_790_000_000, 500_000_000).unwrap());
        KeyFolder::new(path.join("keys"), clock, Entropy::system())
    }

    fn names(folder: &KeyFolder) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&folder.path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != LOCK)
            .collect();
        names.sort();
        names
    }

    #[test]
    fn looking_makes_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        assert!(folder(scratch.path()).read().unwrap().is_none());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[test]
    fn keys_made_in_one_second_stand_in_the_order_of_their_making() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = folder(scratch.path());
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa, SigningAlgorithm::EdDsa] {
            assert_eq!(folder.rotate(algorithm).unwrap().newest().algorithm, algorithm);
        }
        assert_eq!(
            names(&folder),
            ["20260921T141320Z-rs256.pem", "20260921T141321Z-eddsa.pem", "20260921T141322Z-eddsa.pem"]
        );
        folder.clock.advance(TimeDelta::days(-1));
        assert_eq!(folder.rotate(SigningAlgorithm::EdDsa).unwrap().count(), 4);
        assert_eq!(names(&folder)[3], "20260921T141323Z-eddsa.pem", "though the clock went back");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_a_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let folder = folder(scratch.path());
        let ring = folder.rotate(SigningAlgorithm::EdDsa).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.path), mode(&ring.newest().file)), (0o700, 0o600));
    }

    #[test]
    fn of_servers_that_want_a_key_at_once_one_makes_it() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = folder(scratch.path());
        for count in 1..=3 {
            let made: Vec<_> = std::thread::scope(|scope| {
                let make = || folder.make_unless(SigningAlgorithm::EdDsa, |ring| ring.count() >= count);
                let racing: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
                racing.into_iter().map(|one| one.join().unwrap().unwrap()).collect()
            });
            assert!(made.windows(2).all(|pair| pair[0].0.newest().kid == pair[1].0.newest().kid));
            assert_eq!(made.iter().filter(|(_, is_new)| *is_new).count(), 1);
            assert_eq!(names(&folder).len(), count);
        }
    }

    #[test]
    fn replacing_leaves_the_new_key_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = folder(scratch.path());
        let leaked = folder.rotate(SigningAlgorithm::Rs256).unwrap().newest().kid.clone();
        let damaged = folder.path.join("20200101T000000Z-rs256.pem");
        fs::write(&damaged, "half a key").unwrap();
        fs::write(folder.path.join("data.key"), "none of ours").unwrap();
        let ring = folder.replace_all(SigningAlgorithm::EdDsa).unwrap();
        assert_eq!(ring.count(), 1);
        assert_ne!(ring.newest().kid, leaked);
        assert_eq!(names(&folder), ["20260921T141321Z-eddsa.pem", "data.key"]);
    }
}
