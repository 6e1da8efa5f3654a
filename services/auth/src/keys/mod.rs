//! The keys that sign tokens: files that only this service reads, made at the first start and anew from time to time.
//!
//! A new key is published before it signs, and an old one stays published until its last token has expired, so that
//! nobody notices a change of keys. `ring` has that rule, `folder` the files.

mod algorithm;
mod error;
mod file;
mod folder;
mod refresh_secret;
mod ring;
mod signer;

use std::sync::{Arc, PoisonError, RwLock};

use chrono::TimeDelta;
use jsonwebtoken::jwk::JwkSet;
use kino_token::{Claims, TokenError, TokenPolicy, TokenType, in_time, key_id};

pub use algorithm::SigningAlgorithm;
pub use error::KeyError;
pub use file::Key;
pub use folder::KeyFolder;
pub use ring::{KeyState, Ring};

/// How keys are kept.
#[derive(Clone, Copy, Debug)]
pub struct KeyPolicy {
    /// What keys made from now on sign with.
    pub algorithm: SigningAlgorithm,
    /// How old the newest may be before a new one is made; none is any age.
    pub rotate_after: Option<TimeDelta>,
    /// How long a signed token lives at most.
    pub lifetime: TimeDelta,
}

/// What came of tending the keys.
#[derive(Debug, Default)]
pub struct Tended {
    /// The keys as they are now, where they have changed, by this hand or another's.
    pub found: Option<Ring>,
    /// The id of the key that was made.
    pub made: Option<String>,
    /// The ids of the keys that were deleted.
    pub retired: Vec<String>,
    /// What went wrong. It does not harm the keys in use.
    pub problems: Vec<KeyError>,
}

/// The keys of a running server.
#[derive(Debug)]
pub struct Keys {
    folder: KeyFolder,
    policy: KeyPolicy,
    ring: RwLock<Arc<Ring>>,
    published: RwLock<Arc<JwkSet>>,
}

impl Keys {
    /// Reads the keys, and makes one where there is none or the newest is of another algorithm.
    pub fn open(folder: KeyFolder, policy: KeyPolicy) -> Result<Self, KeyError> {
        let algorithm = policy.algorithm;
        let (ring, _) = folder.make_unless(algorithm, |ring| ring.newest().algorithm == algorithm)?;
        let published = RwLock::new(Arc::new(ring.published()));
        Ok(Self { folder, policy, ring: RwLock::new(Arc::new(ring)), published })
    }

    /// Signs a token with the key in force now.
    pub fn sign(&self, claims: &Claims) -> Result<String, KeyError> {
        self.ring().signing(self.folder.clock.now()).sign(claims)
    }

    /// Checks that a refresh token is genuine and in its time. Whether it is spent, its session knows.
    pub fn check_refresh(&self, token: &str, policy: &TokenPolicy) -> Result<Claims, TokenError> {
        let kid = key_id(token, TokenType::Refresh)?;
        let ring = self.ring();
        let claims = ring.of_id(&kid).ok_or(TokenError::Invalid)?.verify_refresh(token, policy)?;
        in_time(&claims, policy, self.folder.clock.now())?;
        Ok(claims)
    }

    /// What others verify with.
    pub fn published(&self) -> Arc<JwkSet> {
        Arc::clone(&self.published.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a new key when it is time, deletes those that are over, and looks what keys there are.
    pub fn tend(&self) -> Tended {
        let held = self.ring();
        let mut tended = Tended::default();
        let done =
            self.rotate_when_old(&held, &mut tended).and_then(|()| self.retire(&held, &mut tended.retired));
        tended.problems.extend(done.err());
        tended.found = self.folder.read_again(&held, &mut tended.problems);
        tended
    }

    /// Publishes these keys, those that sign by now and the others.
    pub fn publish(&self, ring: &Ring) {
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring.published());
    }

    /// Signs with these keys from now on.
    pub fn hold(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn rotate_when_old(&self, held: &Ring, tended: &mut Tended) -> Result<(), KeyError> {
        let Some(age) = self.policy.rotate_after else { return Ok(()) };
        let is_young = |ring: &Ring| self.folder.clock.now() < ring.newest().made_at + age;
        if !is_young(held) {
            let (ring, is_new) = self.folder.make_unless(self.policy.algorithm, is_young)?;
            tended.made = is_new.then(|| ring.newest().kid.clone());
        }
        Ok(())
    }

    fn retire(&self, held: &Ring, retired: &mut Vec<String>) -> Result<(), KeyError> {
        for (key, state) in held.states(self.folder.clock.now(), self.policy.lifetime) {
            if state == KeyState::Over && self.folder.retire(key)? {
                retired.push(key.kid.clone());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    use chrono::DateTime;
    use kino_domain::{Clock, Entropy};
    use tempfile::TempDir;

    use super::*;

    fn policy(algorithm: SigningAlgorithm) -> KeyPolicy {
        KeyPolicy { algorithm, rotate_after: Some(TimeDelta::days(90)), lifetime: TimeDelta::days(30) }
    }

    struct Scene {
        clock: Clock,
        scratch: TempDir,
    }

    impl Scene {
        fn new() -> Self {
            let clock = Clock::manual(DateTime::from_timestamp(1_790_000_000, 0).unwrap());
            Self { clock, scratch: tempfile::tempdir().unwrap() }
        }

        fn folder(&self) -> KeyFolder {
            KeyFolder::new(self.path().to_owned(), self.clock.clone(), Entropy::system())
        }

        fn path(&self) -> &Path {
            self.scratch.path()
        }

        fn open(&self) -> Result<Keys, KeyError> {
            self.open_for(SigningAlgorithm::EdDsa)
        }

        fn open_for(&self, algorithm: SigningAlgorithm) -> Result<Keys, KeyError> {
            Keys::open(self.folder(), policy(algorithm))
        }

        fn file(&self) -> PathBuf {
            let mut files = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
            files.find(|file| file.extension().is_some_and(|extension| extension == "pem")).unwrap()
        }

        fn signing(&self, keys: &Keys) -> String {
            keys.ring().signing(self.clock.now()).kid.clone()
        }

        fn days(&self, days: i64) {
            self.clock.advance(TimeDelta::days(days));
        }
    }

    /// Tends the keys as the worker does: how many were published then, and what was wrong.
    fn tend(keys: &Keys) -> (usize, Vec<String>) {
        let tended = keys.tend();
        if let Some(ring) = tended.found {
            keys.publish(&ring);
            keys.hold(ring);
        }
        (keys.published().keys.len(), tended.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_first_start_makes_a_key_and_the_next_finds_it() {
        let scene = Scene::new();
        let (first, second) = (scene.open().unwrap(), scene.open().unwrap());
        assert_eq!(scene.signing(&first), scene.signing(&second));
        assert_eq!(first.published().keys[0].common.key_id, Some(scene.signing(&first)));
    }

    #[test]
    fn a_start_with_another_algorithm_makes_a_key_of_it_once() {
        let scene = Scene::new();
        let old = scene.signing(&scene.open().unwrap());
        for _ in 0..2 {
            let keys = scene.open_for(SigningAlgorithm::Rs256).unwrap();
            assert_eq!((keys.published().keys.len(), scene.signing(&keys)), (2, old.clone()));
        }
        scene.clock.advance(TimeDelta::minutes(3));
        assert_ne!(scene.signing(&scene.open_for(SigningAlgorithm::Rs256).unwrap()), old);
    }

    #[test]
    fn a_half_written_key_says_what_to_do() {
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa] {
            let scene = Scene::new();
            scene.open_for(algorithm).unwrap();
            let file = scene.file();
            let whole = fs::read(&file).unwrap();
            for length in [0, 1, 100, whole.len() / 2, whole.len() - 40] {
                fs::write(&file, &whole[..length]).unwrap();
                let error = scene.open_for(algorithm).unwrap_err().to_string();
                assert!(
                    error.contains("is not a whole private key") && error.contains("move it away"),
                    "{error}"
                );
            }
            // What a crash while making a key leaves behind is no key.
            fs::rename(&file, file.with_extension("unfinished")).unwrap();
            scene.open_for(algorithm).unwrap();
        }
    }

    #[test]
    fn a_key_without_its_name_says_what_to_do() {
        let scene = Scene::new();
        scene.open().unwrap();
        fs::rename(scene.file(), scene.path().join("key.pem")).unwrap();
        let error = scene.open().unwrap_err().to_string();
        assert!(error.contains("key.pem is not named like a key"), "{error}");
    }

    #[test]
    fn a_running_server_heeds_a_new_key() {
        let scene = Scene::new();
        let keys = scene.open().unwrap();
        let old = scene.signing(&keys);
        assert_eq!(tend(&keys), (1, vec![]));
        scene.folder().rotate(SigningAlgorithm::Rs256).unwrap();
        assert_eq!(tend(&keys), (2, vec![]));
        assert_eq!(scene.signing(&keys), old);
        scene.clock.advance(TimeDelta::minutes(3));
        assert_ne!(scene.signing(&keys), old);
    }

    #[test]
    fn what_is_damaged_does_not_harm_the_keys_in_use() {
        let scene = Scene::new();
        let keys = scene.open().unwrap();
        let (signing, file) = (scene.signing(&keys), scene.file());
        let new = scene.path().join("20270101T000000Z-rs256.pem");
        let whole = SigningAlgorithm::Rs256.generate().unwrap();

        fs::write(&new, &whole[..100]).unwrap();
        let (published, problems) = tend(&keys);
        assert!(published == 1 && problems[0].contains("not a whole private key"), "{problems:?}");
        fs::write(&new, &whole).unwrap();
        assert_eq!(tend(&keys), (2, vec![]), "whole at last");

        fs::remove_file(&new).unwrap();
        fs::rename(&file, file.with_extension("away")).unwrap();
        let (published, problems) = tend(&keys);
        assert!(published == 2 && problems[0].contains("has no keys any more"), "{problems:?}");
        fs::rename(scene.path(), scene.path().with_extension("away")).unwrap();
        let (published, problems) = tend(&keys);
        fs::rename(scene.path().with_extension("away"), scene.path()).unwrap();
        assert!(published == 2 && problems.len() == 1, "{problems:?}");
        assert_eq!(scene.signing(&keys), signing);
    }

    #[test]
    fn keys_are_made_by_schedule_and_deleted_when_they_are_over() {
        let scene = Scene::new();
        let keys = scene.open().unwrap();
        let first = scene.signing(&keys);
        scene.days(89);
        assert_eq!(tend(&keys), (1, vec![]));
        scene.days(1);
        assert_eq!(tend(&keys), (2, vec![]));
        assert_eq!((tend(&keys), scene.signing(&keys)), ((2, vec![]), first.clone()));
        scene.days(30);
        assert_eq!(tend(&keys), (2, vec![]));
        assert_ne!(scene.signing(&keys), first);
        scene.days(1);
        assert_eq!(tend(&keys), (1, vec![]));
        assert_ne!(keys.published().keys[0].common.key_id, Some(first));
    }

    #[test]
    fn of_servers_that_share_a_folder_one_makes_the_key_of_the_schedule() {
        let scene = Scene::new();
        let servers: Vec<_> = (0..4).map(|_| scene.open().unwrap()).collect();
        scene.days(90);
        let made = std::thread::scope(|scope| {
            let racing: Vec<_> = servers.iter().map(|keys| scope.spawn(|| keys.tend().made)).collect();
            racing.into_iter().filter_map(|server| server.join().unwrap()).count()
        });
        assert_eq!(made, 1);
        for keys in &servers {
            assert_eq!(tend(keys), (2, vec![]));
        }
    }

    #[test]
    fn after_a_leak_the_new_key_signs_at_once() {
        let scene = Scene::new();
        let keys = scene.open().unwrap();
        let leaked = scene.signing(&keys);
        let ring = scene.folder().replace_all(SigningAlgorithm::EdDsa).unwrap();
        assert_eq!(tend(&keys), (1, vec![]));
        assert_eq!(scene.signing(&keys), ring.newest().kid);
        assert_ne!(scene.signing(&keys), leaked);
    }
}
