//! Hashing passwords on threads of their own: a fixed number, each with its memory, and a bounded queue before them.
//! The async runtime never waits for a hash, and memory never exceeds threads x 19 MiB.

use std::sync::{
    Arc, LazyLock, Mutex, PoisonError,
    mpsc::{Receiver, Sender, channel},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, PasswordHash, Salt},
};
use kino_domain::Entropy;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::stored_hash;

/// OWASP's parameters for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// A hash of these parameters that no password has, for accounts that do not exist: looking takes as long as for one
/// that does.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let hash = PasswordHash {
        algorithm: argon2::ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: params().try_into().unwrap_or_default(),
        salt: Salt::new(&[0; SALT_BYTES]).ok(),
        hash: Output::new(&[0; HASH_BYTES]).ok(),
    };
    hash.to_string()
});

/// What came of comparing a password with a stored hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is the password.
    Match {
        /// A better hash to store instead, where the stored one is of an older kind.
        upgrade: Option<String>,
    },
    /// It is not.
    Mismatch,
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// As many wait as may.
    #[error("too many sign-ins at once")]
    Full,
    /// The threads have ended.
    #[error("the hashing threads have ended")]
    Ended,
}

/// Places whose turn has come, for each thread: while it hashes, the next job is made ready. More would only look up
/// accounts long before their passwords are compared, all at once when a storm begins.
const TURNS_PER_THREAD: usize = 2;

/// A place before the threads whose turn has come, until a thread takes the job from it.
#[derive(Debug)]
#[expect(dead_code, reason = "held, not read")]
pub struct Place {
    place: OwnedSemaphorePermit,
    turn: OwnedSemaphorePermit,
}

struct Job {
    work: Work,
    place: Place,
}

enum Work {
    Hash { password: String, answer: oneshot::Sender<String> },
    Compare { password: String, stored: Option<String>, answer: oneshot::Sender<Comparison> },
}

/// The threads. Clones share them; they end when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Hashing {
    jobs: Sender<Job>,
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Hashing {
    /// Starts `threads` threads (0: one a core) before which `queue` jobs may wait.
    pub fn start(threads: usize, queue: usize, entropy: &Entropy) -> std::io::Result<Self> {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for n in 0..threads {
            let (waiting, entropy) = (Arc::clone(&waiting), entropy.clone());
            std::thread::Builder::new()
                .name(format!("hashing-{n}"))
                .spawn(move || Thread::new(entropy).work(&waiting))?;
        }
        let turns = Arc::new(Semaphore::new(threads * TURNS_PER_THREAD));
        Ok(Self { jobs, places: Arc::new(Semaphore::new(queue)), turns })
    }

    /// Takes a place before the threads, or says at once that there is none; then waits until its turn is near. What is
    /// counted per attempt, or looked up for it, is so when the attempt will be made.
    pub async fn place(&self) -> Result<Place, HashingError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| HashingError::Full)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| HashingError::Ended)?;
        Ok(Place { place, turn })
    }

    /// Whether there is a place before the threads at this moment.
    pub fn has_room(&self) -> bool {
        self.places.available_permits() > 0
    }

    /// A hash of a new password, as a PHC string.
    pub async fn hash(&self, place: Place, password: String) -> Result<String, HashingError> {
        let (answer, hash) = oneshot::channel();
        self.hand_over(Job { work: Work::Hash { password, answer }, place })?;
        hash.await.map_err(|_| HashingError::Ended)
    }

    /// Compares a password with a stored hash; with none, takes as long and says that it does not match.
    pub async fn compare(
        &self,
        place: Place,
        password: String,
        stored: Option<String>,
    ) -> Result<Comparison, HashingError> {
        let (answer, comparison) = oneshot::channel();
        self.hand_over(Job { work: Work::Compare { password, stored, answer }, place })?;
        comparison.await.map_err(|_| HashingError::Ended)
    }

    fn hand_over(&self, job: Job) -> Result<(), HashingError> {
        self.jobs.send(job).map_err(|_| HashingError::Ended)
    }
}

/// Lets every other thread go first: a storm of sign-ins uses what others leave, and films are served as if there were
/// none. (On Linux a priority is a thread's; elsewhere it would be the whole program's.) Not the class "idle": a hash is
/// then put aside whenever anything wakes, and each time the cache is cold when it goes on.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "hashing threads keep their priority");
    }
}

fn params() -> Params {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).unwrap_or(Params::DEFAULT)
}

/// One thread's tools. The memory is taken once and used again: taking it anew costs page faults at every sign-in.
struct Thread {
    argon2: Argon2<'static>,
    memory: Vec<Block>,
    entropy: Entropy,
}

impl Thread {
    fn new(entropy: Entropy) -> Self {
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params()),
            memory: Vec::new(),
            entropy,
        }
    }

    fn work(mut self, waiting: &Mutex<Receiver<Job>>) {
        give_way();
        loop {
            let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Job { work, place }) = job else { return };
            drop(place);
            // A caller that went away no longer wants its answer.
            match work {
                Work::Hash { answer, .. } if answer.is_closed() => {}
                Work::Compare { answer, .. } if answer.is_closed() => {}
                Work::Hash { password, answer } => {
                    let _ = answer.send(self.hash(&password));
                }
                Work::Compare { password, stored, answer } => {
                    let _ = answer.send(self.compare(&password, stored.as_deref()));
                }
            }
        }
    }

    fn hash(&mut self, password: &str) -> String {
        let salt: [u8; SALT_BYTES] = self.entropy.bytes();
        let output = self.argon2id(&params(), password, &salt).unwrap_or_default();
        PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: params().try_into().unwrap_or_default(),
            salt: Salt::new(&salt).ok(),
            hash: Output::new(&output).ok(),
        }
        .to_string()
    }

    fn compare(&mut self, password: &str, stored: Option<&str>) -> Comparison {
        let Some(stored) = stored else {
            let nobody = NOBODY.clone();
            self.matches_phc(password, &nobody);
            return Comparison::Mismatch;
        };
        // One that came from elsewhere must not take the machine's memory or time.
        if stored_hash::check(stored).is_err() {
            return Comparison::Mismatch;
        }
        // bcrypt, from older systems: $2a$, $2b$, $2y$.
        let (is_match, is_old) = if stored.starts_with("$2") {
            (bcrypt::verify(password, stored).unwrap_or(false), true)
        } else {
            (self.matches_phc(password, stored), !is_of_these_parameters(stored))
        };
        if !is_match {
            return Comparison::Mismatch;
        }
        Comparison::Match { upgrade: is_old.then(|| self.hash(password)) }
    }

    fn matches_phc(&mut self, password: &str, stored: &str) -> bool {
        let Ok(stored) = PasswordHash::new(stored) else { return false };
        let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return false };
        let Ok(stored_params) = Params::try_from(&stored) else { return false };
        // Of other kinds, or large: for once, with memory that is given back.
        let is_newest = stored.version == Some(u32::from(Version::V0x13));
        let is_other = stored.algorithm != argon2::ARGON2ID_IDENT || !is_newest;
        if is_other || stored_params.m_cost() > 4 * MEMORY_KIB {
            use argon2::password_hash::PasswordVerifier as _;
            return self.argon2.verify_password(password.as_bytes(), &stored).is_ok();
        }
        let computed = self.argon2id(&stored_params, password, salt.as_ref());
        computed.is_some_and(|computed| {
            aws_lc_rs::constant_time::verify_slices_are_equal(&computed, expected.as_ref()).is_ok()
        })
    }

    fn argon2id(&mut self, params: &Params, password: &str, salt: &[u8]) -> Option<Vec<u8>> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        let blocks = params.block_count();
        if self.memory.len() < blocks {
            self.memory.resize(blocks, Block::default());
        }
        let mut output = vec![0; params.output_len().unwrap_or(HASH_BYTES)];
        argon2
            .hash_password_into_with_memory(
                password.as_bytes(),
                salt,
                &mut output,
                &mut self.memory[..blocks],
            )
            .ok()?;
        Some(output)
    }
}

fn is_of_these_parameters(stored: &str) -> bool {
    stored.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashing(queue: usize) -> Hashing {
        Hashing::start(1, queue, &Entropy::system()).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_hash_and_no_other() {
        let hashing = hashing(8);
        let hash = hashing.hash(hashing.place().await.unwrap(), "correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let compare = async |password: &str| {
            hashing
                .compare(hashing.place().await.unwrap(), password.into(), Some(hash.clone()))
                .await
                .unwrap()
        };
        assert_eq!(compare("correct horse").await, Comparison::Match { upgrade: None });
        assert_eq!(compare("correct house").await, Comparison::Mismatch);
        assert_eq!(
            hashing.compare(hashing.place().await.unwrap(), "anything".into(), None).await.unwrap(),
            Comparison::Mismatch
        );
        assert_ne!(
            hashing.hash(hashing.place().await.unwrap(), "correct horse".into()).await.unwrap(),
            hash,
            "salts differ"
        );
    }

    #[tokio::test]
    async fn older_hashes_match_and_are_upgraded() {
        let hashing = hashing(8);
        let bcrypt = bcrypt::hash("correct horse", 4).unwrap();
        // Of parameters below those of today, as an older version might have stored it.
        let weaker = {
            let params = Params::new(8 * 1024, 1, 1, Some(32)).unwrap();
            let mut output = [0; 32];
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
                .hash_password_into(b"correct horse", b"somesalt", &mut output)
                .unwrap();
            PasswordHash {
                algorithm: argon2::ARGON2ID_IDENT,
                version: Some(Version::V0x13.into()),
                params: params.try_into().unwrap(),
                salt: Salt::new(b"somesalt").ok(),
                hash: Output::new(&output).ok(),
            }
            .to_string()
        };
        for old in [bcrypt, weaker] {
            assert_eq!(
                hashing
                    .compare(hashing.place().await.unwrap(), "wrong horse".into(), Some(old.clone()))
                    .await
                    .unwrap(),
                Comparison::Mismatch
            );
            let Comparison::Match { upgrade: Some(better) } = hashing
                .compare(hashing.place().await.unwrap(), "correct horse".into(), Some(old))
                .await
                .unwrap()
            else {
                panic!("not upgraded")
            };
            assert_eq!(
                hashing
                    .compare(hashing.place().await.unwrap(), "correct horse".into(), Some(better))
                    .await
                    .unwrap(),
                Comparison::Match { upgrade: None }
            );
        }
    }

    #[tokio::test]
    async fn hashes_that_are_none_match_nothing() {
        let hashing = hashing(8);
        for damaged in [
            "",
            "$",
            "$2b$",
            "plain",
            "$argon2id$v=19$m=19456,t=2,p=1$",
            "$argon2id$v=19$m=4000000,t=2,p=1$c29tZXNhbHQ$AAAA",
        ] {
            let compared = hashing
                .compare(hashing.place().await.unwrap(), "password".into(), Some(damaged.into()))
                .await
                .unwrap();
            assert_eq!(compared, Comparison::Mismatch, "{damaged}");
        }
    }

    #[tokio::test]
    async fn a_place_waits_for_its_turn() {
        use futures::FutureExt as _;
        let hashing = hashing(8);
        let near = [hashing.place().await.unwrap(), hashing.place().await.unwrap()];
        let mut waiting = Box::pin(hashing.place());
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(near);
        waiting.await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_queue_says_so_at_once() {
        let hashing = hashing(2);
        let places = [hashing.place().await.unwrap(), hashing.place().await.unwrap()];
        assert!(!hashing.has_room());
        assert_eq!(hashing.place().await.unwrap_err(), HashingError::Full);
        for place in places {
            hashing.hash(place, "x".into()).await.unwrap();
        }
        assert!(hashing.has_room());
        hashing.place().await.unwrap();
    }
}
