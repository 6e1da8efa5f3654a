//! Hashing passwords on threads of their own: a fixed number, each with its memory, and a bounded queue before them.
//! The async runtime never waits for a hash, and memory never exceeds threads x 19 MiB.

mod returns;
mod thread;

use std::{sync::Arc, time::Instant};

use crossbeam_channel::{Sender, unbounded};
use kino_domain::Entropy;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use self::{
    returns::Returns,
    thread::{Thread, Waiting},
};

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
    Full {
        /// When to come back, in seconds.
        retry_after: u64,
    },
    /// The threads have ended.
    #[error("the hashing threads have ended")]
    Ended,
}

/// Places whose turn has come, for each thread: while it hashes, the next job is made ready. More would only look up
/// accounts long before their passwords are compared, all at once when a storm begins.
const TURNS_PER_THREAD: usize = 2;
/// Jobs that may wait for each thread where nobody says otherwise: those behind wait for a second or two.
const QUEUE_PER_THREAD: usize = 64;

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

/// So many at once may be told a fraction of a second later when to come back. Others are told at once, to the second: each
/// that is held takes some memory.
const HELD: usize = 2_000;

/// Something short that belongs to a sign-in, and is to be done at the priority of the hash.
type Errand = Box<dyn FnOnce() + Send>;

/// The threads. Clones share them; they end when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Hashing {
    jobs: Sender<Job>,
    errands: Sender<Errand>,
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    returns: Arc<Returns>,
    /// For those who are told a little later when to come back.
    held: Arc<Semaphore>,
}

impl Hashing {
    /// Starts `threads` threads (0: one a core) before which `queue` jobs may wait (0: 64 a thread).
    pub fn start(threads: usize, queue: usize, entropy: &Entropy) -> std::io::Result<Self> {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let queue = if queue == 0 { threads * QUEUE_PER_THREAD } else { queue };
        let returns = Arc::new(Returns::new(threads, queue));
        let (jobs, waiting_jobs) = unbounded();
        let (errands, waiting_errands) = unbounded();
        for n in 0..threads {
            let waiting = Waiting { errands: waiting_errands.clone(), jobs: waiting_jobs.clone() };
            let (entropy, returns) = (entropy.clone(), Arc::clone(&returns));
            std::thread::Builder::new()
                .name(format!("hashing-{n}"))
                .spawn(move || Thread::new(entropy).work(&waiting, &returns))?;
        }
        let turns = Arc::new(Semaphore::new(threads * TURNS_PER_THREAD));
        let [places, held] = [queue, HELD].map(|count| Arc::new(Semaphore::new(count)));
        Ok(Self { jobs, errands, places, turns, returns, held })
    }

    /// Takes a place before the threads, or says that there is none; then waits until its turn is near. What is
    /// counted per attempt, or looked up for it, is so when the attempt will be made.
    pub async fn place(&self) -> Result<Place, HashingError> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return Err(self.full().await) };
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| HashingError::Ended)?;
        Ok(Place { place, turn })
    }

    /// Whether there is a place before the threads at this moment.
    pub async fn room(&self) -> Result<(), HashingError> {
        if self.places.available_permits() > 0 { Ok(()) } else { Err(self.full().await) }
    }

    async fn full(&self) -> HashingError {
        let back = self.returns.next(Instant::now());
        let Ok(_held) = self.held.try_acquire() else {
            return HashingError::Full { retry_after: back.rounded() };
        };
        let (first, retry_after) = back.in_parts();
        tokio::time::sleep(first).await;
        HashingError::Full { retry_after }
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

    /// Does something short that belongs to a sign-in, before the hashes that wait. In a storm of sign-ins it takes no
    /// more from others than the hashes do.
    pub fn run<T, E>(&self, errand: E) -> impl Future<Output = Result<T, HashingError>> + use<T, E>
    where
        T: Send + 'static,
        E: FnOnce() -> T + Send + 'static,
    {
        let (answer, done) = oneshot::channel();
        // Where the threads have ended it is dropped, and nobody answers.
        let _ = self.errands.send(Box::new(move || drop(answer.send(errand()))));
        async { done.await.map_err(|_| HashingError::Ended) }
    }

    fn hand_over(&self, job: Job) -> Result<(), HashingError> {
        self.jobs.send(job).map_err(|_| HashingError::Ended)
    }
}

#[cfg(test)]
mod tests {
    use argon2::{
        Algorithm, Argon2, Params, Version,
        password_hash::phc::{Output, PasswordHash, Salt},
    };

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

    #[tokio::test]
    async fn an_errand_is_run_before_the_hashes_that_wait() {
        let hashing = hashing(8);
        let (order, ordered) = std::sync::mpsc::channel();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        // The thread is busy while the others come.
        let busy = hashing.run(move || wait.recv());
        let place = hashing.place().await.unwrap();
        let first = order.clone();
        let hash = async {
            hashing.hash(place, "x".into()).await.unwrap();
            first.send("hash").unwrap();
        };
        let errand = async {
            let last = order.clone();
            hashing.run(move || last.send("errand")).await.unwrap().unwrap();
        };
        let release = async { go.send(()).unwrap() };
        tokio::join!(hash, errand, release);
        busy.await.unwrap().unwrap();
        assert_eq!(ordered.try_iter().collect::<Vec<_>>(), ["errand", "hash"]);
    }

    #[tokio::test]
    async fn who_asks_for_what_panics_gets_no_answer_and_the_thread_goes_on() {
        let hashing = hashing(8);
        assert_eq!(hashing.run(|| -> u8 { panic!("as it must not") }).await, Err(HashingError::Ended));
        assert_eq!(hashing.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn no_more_are_held_than_may_be() {
        use futures::FutureExt as _;
        let hashing = hashing(1);
        let _place = hashing.place().await.unwrap();
        let as_many_as_may = u32::try_from(HELD).unwrap();
        let held = Arc::clone(&hashing.held).try_acquire_many_owned(as_many_as_may).unwrap();
        // Until the moments that are told are more than a second away.
        for _ in 0..60 {
            let told = hashing.place().now_or_never().expect("told at once");
            assert!(matches!(told, Err(HashingError::Full { retry_after: 1.. })));
        }
        drop(held);
        assert!(hashing.place().now_or_never().is_none(), "held for a fraction of a second");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_queue_says_so() {
        let hashing = hashing(2);
        let places = [hashing.place().await.unwrap(), hashing.place().await.unwrap()];
        assert!(hashing.room().await.is_err());
        assert_eq!(hashing.place().await.unwrap_err(), HashingError::Full { retry_after: 1 });
        for place in places {
            hashing.hash(place, "x".into()).await.unwrap();
        }
        hashing.room().await.unwrap();
        hashing.place().await.unwrap();
    }
}
