//! One thread that hashes, with its memory.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
    time::Instant,
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, PasswordHash, Salt},
};
use crossbeam_channel::{Receiver, RecvError, select_biased};
use kino_domain::Entropy;

use super::{Comparison, Errand, Job, Work, returns::Returns};
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

/// Lets every other thread go first: a storm of sign-ins uses what others leave, and films are served as if there were
/// none. By the class "idle" of Linux: whoever wakes goes first at once, where even a thread of the lowest priority ends its
/// turn of some milliseconds. (There a priority is a thread's; elsewhere it would be the whole program's.)
#[cfg(target_os = "linux")]
fn give_way() {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
        thread_native_id,
    };
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    if let Err(error) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle) {
        tracing::debug!(?error, "hashing threads keep their priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

fn params() -> Params {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).unwrap_or(Params::DEFAULT)
}

/// What waits for the threads: they share it.
pub(super) struct Waiting {
    pub(super) errands: Receiver<Errand>,
    pub(super) jobs: Receiver<Job>,
}

/// One thread's tools. The memory is taken once and used again: taking it anew costs page faults at every sign-in.
pub(super) struct Thread {
    argon2: Argon2<'static>,
    memory: Vec<Block>,
    entropy: Entropy,
}

impl Thread {
    pub(super) fn new(entropy: Entropy) -> Self {
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params()),
            memory: Vec::new(),
            entropy,
        }
    }

    /// Works until nobody is left to ask. One who asks for what panics gets no answer; the others go on.
    pub(super) fn work(mut self, waiting: &Waiting, returns: &Returns) {
        give_way();
        loop {
            let turn = || {
                select_biased! {
                    recv(waiting.errands) -> errand => errand.map(|errand| errand()),
                    recv(waiting.jobs) -> job => job.map(|job| self.answer(job, returns)),
                }
            };
            // What a panic may leave behind is memory that the next hash writes over.
            if let Ok(Err(RecvError)) = catch_unwind(AssertUnwindSafe(turn)) {
                return;
            }
        }
    }

    fn answer(&mut self, Job { work, place }: Job, returns: &Returns) {
        drop(place);
        let began = Instant::now();
        match work {
            // A caller that went away no longer wants its answer.
            Work::Hash { answer, .. } if answer.is_closed() => return,
            Work::Compare { answer, .. } if answer.is_closed() => return,
            Work::Hash { password, answer } => drop(answer.send(self.hash(&password))),
            Work::Compare { password, stored, answer } => {
                drop(answer.send(self.compare(&password, stored.as_deref())));
            }
        }
        returns.took(began.elapsed());
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
