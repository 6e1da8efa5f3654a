//! When those who find no room are to come back. Told one moment, they would all come back at it, and most would find no
//! room again: they are told moments one after the other, as fast as passwords are hashed.
//!
//! `Retry-After` has whole seconds, and a crowd that comes once a second delays everyone else once a second. So who is sent
//! away is told so a fraction of a second later: the fraction that the header cannot say.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Nobody is sent away for longer. Who comes back then may be sent away again.
const LONGEST: Duration = Duration::from_secs(15);
/// What a hash is taken for until there was one.
const USUAL: Duration = Duration::from_millis(25);

/// The moments that are told.
#[derive(Debug)]
pub(super) struct Returns {
    /// How long a hash takes one thread, in nanoseconds: a mean in which the last ones count most.
    hash: AtomicU64,
    threads: u32,
    /// How many may wait before the threads.
    queue: u32,
    /// The last moment that was told.
    told: Mutex<Option<Instant>>,
}

impl Returns {
    pub(super) fn new(threads: usize, queue: usize) -> Self {
        let count = |number| u32::try_from(number).unwrap_or(u32::MAX).max(1);
        let hash = AtomicU64::new(nanos(USUAL));
        Self { hash, threads: count(threads), queue: count(queue), told: Mutex::new(None) }
    }

    /// A hash took so long.
    pub(super) fn took(&self, hash: Duration) {
        let mean = self.hash.load(Ordering::Relaxed);
        // Threads that do so at once lose one of their figures, which does no harm.
        self.hash.store(mean - mean / 8 + nanos(hash) / 8, Ordering::Relaxed);
    }

    /// When one more is to come back: behind those who wait, and those who were told before.
    pub(super) fn next(&self, now: Instant) -> Return {
        let one = Duration::from_nanos(self.hash.load(Ordering::Relaxed)) / self.threads;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let free = now + (one * self.queue).min(LONGEST);
        let moment = (told.map_or(free, |told| told.max(free)) + one).min(now + LONGEST);
        *told = Some(moment);
        Return(moment - now)
    }
}

/// After so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Return(Duration);

impl Return {
    /// The fraction of a second to wait before it is told, and the whole seconds to tell then.
    pub(super) fn in_parts(self) -> (Duration, u64) {
        match self.0.as_secs() {
            0 => (Duration::ZERO, 1),
            seconds => (Duration::from_nanos(self.0.subsec_nanos().into()), seconds),
        }
    }

    /// The whole seconds to tell at once.
    pub(super) fn rounded(self) -> u64 {
        self.0.as_secs() + u64::from(self.0.subsec_nanos() > 0)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `count` that come at once are told each number of seconds, from 0 on.
    fn told(returns: &Returns, now: Instant, count: usize) -> Vec<usize> {
        let mut told = vec![0; 17];
        for _ in 0..count {
            told[usize::try_from(returns.next(now).rounded()).unwrap()] += 1;
        }
        told
    }

    fn returns_of_20_ms() -> Returns {
        let returns = Returns::new(2, 50);
        for _ in 0..200 {
            returns.took(Duration::from_millis(20));
        }
        returns
    }

    #[test]
    fn a_crowd_comes_back_as_fast_as_it_is_served() {
        let (returns, now) = (returns_of_20_ms(), Instant::now());
        let told = told(&returns, now, 300);
        // A hundred a second; half a second is taken by those who wait already.
        assert_eq!(told[0], 0);
        assert!((49..=51).contains(&told[1]), "{told:?}");
        for second in &told[2..4] {
            assert!((99..=101).contains(second), "{told:?}");
        }
        assert_eq!(told.iter().sum::<usize>(), 300);
    }

    #[test]
    fn nobody_is_sent_away_for_long() {
        let (returns, now) = (returns_of_20_ms(), Instant::now());
        let told = told(&returns, now, 5_000);
        assert_eq!(told[16], 0);
        assert!(told[15] > 3_000, "{told:?}");
    }

    #[test]
    fn what_was_told_is_over_when_its_time_is() {
        let (returns, now) = (returns_of_20_ms(), Instant::now());
        told(&returns, now, 1_000);
        assert!(returns.next(now).rounded() > 10);
        assert_eq!(returns.next(now + Duration::from_secs(20)).rounded(), 1);
    }

    #[test]
    fn slow_machines_are_given_more_time() {
        let (returns, now) = (Returns::new(1, 4), Instant::now());
        for _ in 0..200 {
            returns.took(Duration::from_millis(600));
        }
        assert_eq!((0..4).map(|_| returns.next(now).rounded()).collect::<Vec<_>>(), [3, 4, 5, 5]);
        for _ in 0..200 {
            returns.took(Duration::from_hours(1));
        }
        assert_eq!(returns.next(now).rounded(), 15);
    }

    #[test]
    fn what_the_header_cannot_say_is_waited_before_it_is_said() {
        let millis = Duration::from_millis;
        for (after, parts, rounded) in [
            (millis(10), (Duration::ZERO, 1), 1),
            (millis(990), (Duration::ZERO, 1), 1),
            (millis(1000), (Duration::ZERO, 1), 1),
            (millis(2370), (millis(370), 2), 3),
        ] {
            assert_eq!((Return(after).in_parts(), Return(after).rounded()), (parts, rounded), "{after:?}");
        }
    }
}
