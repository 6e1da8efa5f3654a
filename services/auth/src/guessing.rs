//! Slowing down those who guess. Failures are counted in the cache, which all processes share on Redis:
//!
//! - per account and source: from the sixth attempt on each costs a wait that grows;
//! - per account over all sources, and per source over all accounts, much later: against many machines that guess one
//!   password, and one that tries a password on many accounts.
//!
//! The wide counters hold up strangers alone. A source that signed in to the account before is not one of them, so
//! that nobody can keep an owner out by guessing.

use std::{net::IpAddr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kino_engine::{Cache, cache::CacheError};
use kino_http::Problem;
use sha2::{Digest as _, Sha256};

use crate::source::network;

/// Failures are remembered for so long.
const WINDOW: Duration = Duration::from_mins(15);
/// Attempts of one source on one account that cost no wait.
const FREE: u64 = 5;
/// Failures of all strangers on one account that cost them no wait.
const FREE_ON_ACCOUNT: u64 = 50;
/// Failures of one source on all accounts, to which it is a stranger, that cost no wait: a school is one source too.
const FREE_FROM_SOURCE: u64 = 100;

/// How long the next attempt waits after the n-th beyond the free ones.
fn wait_after(beyond: u64) -> Duration {
    match beyond {
        0 => Duration::from_secs(10),
        1 => Duration::from_secs(30),
        2 => Duration::from_mins(1),
        3 => Duration::from_mins(5),
        _ => Duration::from_mins(15),
    }
}

/// Counts attempts.
#[derive(Clone, Debug)]
pub struct Guessing {
    cache: Arc<dyn Cache>,
    enabled: bool,
}

/// An attempt that may go on. Tell it how it ended: [`succeeded`](Self::succeeded) or [`failed`](Self::failed).
#[derive(Debug)]
#[must_use]
pub struct Attempt {
    cache: Arc<dyn Cache>,
    own: Counter,
    /// The counters that a stranger's failure goes into.
    wide: Vec<(Counter, u64)>,
}

/// Failures, and the wait that they cost.
#[derive(Debug)]
struct Counter {
    failures: String,
    wait: String,
}

impl Guessing {
    /// A counter in this cache; a disabled one lets everyone through.
    pub fn new(cache: Arc<dyn Cache>, enabled: bool) -> Self {
        Self { cache, enabled }
    }

    /// Counts an attempt on `secret` from `source` and lets it through, or says how long to wait. It is counted before
    /// it is made, so that attempts at the same time do not slip through together.
    pub async fn attempt(&self, secret: &str, source: IpAddr) -> Result<Attempt, Problem> {
        let own = Counter::of(&[secret, &network(source).to_string()]);
        let attempt = Attempt { cache: Arc::clone(&self.cache), own, wide: Vec::new() };
        if self.enabled {
            attempt.own.count_attempt(&*self.cache).await?;
        }
        Ok(attempt)
    }

    /// The same for a secret of one account, on which strangers are held up by each other's failures too.
    pub async fn attempt_on_account(
        &self,
        secret: &str,
        source: IpAddr,
        is_known: bool,
    ) -> Result<Attempt, Problem> {
        if is_known || !self.enabled {
            return self.attempt(secret, source).await;
        }
        let wide = vec![
            (Counter::of(&["account", secret]), FREE_ON_ACCOUNT),
            (Counter::of(&["source", &network(source).to_string()]), FREE_FROM_SOURCE),
        ];
        for (counter, _) in &wide {
            counter.refuse_while_waiting(&*self.cache).await?;
        }
        Ok(Attempt { wide, ..self.attempt(secret, source).await? })
    }
}

impl Attempt {
    /// The secret was right: nothing is held against this source.
    pub async fn succeeded(self) -> Result<(), CacheError> {
        self.cache.remove(&self.own.failures).await?;
        self.cache.remove(&self.own.wait).await
    }

    /// The secret was wrong. (The attempt itself was counted when it began.)
    pub async fn failed(self) -> Result<(), CacheError> {
        for (counter, free) in &self.wide {
            counter.count_failure(&*self.cache, *free).await?;
        }
        Ok(())
    }
}

impl Counter {
    fn of(parts: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let name = URL_SAFE_NO_PAD.encode(&digest.finalize()[..16]);
        Self { failures: format!("auth:failures:{name}"), wait: format!("auth:wait:{name}") }
    }

    async fn refuse_while_waiting(&self, cache: &dyn Cache) -> Result<(), Problem> {
        match cache.counted(&self.wait).await? {
            Some((_, left)) => Err(too_many(left)),
            None => Ok(()),
        }
    }

    async fn count_attempt(&self, cache: &dyn Cache) -> Result<(), Problem> {
        self.refuse_while_waiting(cache).await?;
        let attempts = cache.count(&self.failures, WINDOW).await?;
        if attempts >= FREE {
            let wait = wait_after(attempts - FREE);
            // The first to get here goes on; those beside it wait.
            if cache.count(&self.wait, wait).await? > 1 {
                return Err(too_many(wait));
            }
        }
        Ok(())
    }

    /// A few may fail beside each other before the wait begins: no more than passwords are compared at once.
    async fn count_failure(&self, cache: &dyn Cache, free: u64) -> Result<(), CacheError> {
        let failures = cache.count(&self.failures, WINDOW).await?;
        if failures >= free {
            cache.count(&self.wait, wait_after(failures - free)).await?;
        }
        Ok(())
    }
}

fn too_many(left: Duration) -> Problem {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Problem::too_many(
        "too_many_attempts",
        format!("Слишком много неудачных попыток. Повторите через {seconds} с."),
        format!("Too many failed attempts. Try again in {seconds} s."),
        seconds,
    )
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));

    async fn guessing(enabled: bool) -> Guessing {
        Guessing::new(kino_engine::cache::open("memory:").await.unwrap(), enabled)
    }

    fn stranger(n: u64) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(0x0a01_0000 + u32::try_from(n).unwrap()))
    }

    #[tokio::test]
    async fn the_sixth_attempt_waits_and_others_do_not() {
        let guessing = guessing(true).await;
        for _ in 0..5 {
            guessing.attempt("anna", HERE).await.unwrap().failed().await.unwrap();
        }
        assert_eq!(guessing.attempt("anna", HERE).await.unwrap_err().code(), "too_many_attempts");
        drop(guessing.attempt("anna", THERE).await.unwrap());
        drop(guessing.attempt("boris", HERE).await.unwrap());
    }

    #[tokio::test]
    async fn success_clears_what_was_counted() {
        let guessing = guessing(true).await;
        for _ in 0..20 {
            guessing.attempt("anna", HERE).await.unwrap().succeeded().await.unwrap();
        }
    }

    #[tokio::test]
    async fn attempts_at_once_do_not_slip_through_together() {
        let guessing = guessing(true).await;
        let attempts = (0..100).map(|_| {
            let guessing = guessing.clone();
            tokio::spawn(async move { guessing.attempt("anna", HERE).await.is_ok() })
        });
        let mut through = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            through += usize::from(attempt.await.unwrap());
        }
        assert_eq!(through, 5);
    }

    #[tokio::test]
    async fn many_strangers_who_guess_one_password_wait_and_the_owner_does_not() {
        let guessing = guessing(true).await;
        for n in 0..FREE_ON_ACCOUNT {
            guessing.attempt_on_account("anna", stranger(n), false).await.unwrap().failed().await.unwrap();
        }
        let another = guessing.attempt_on_account("anna", stranger(FREE_ON_ACCOUNT), false).await;
        assert_eq!(another.unwrap_err().code(), "too_many_attempts");
        drop(guessing.attempt_on_account("anna", THERE, true).await.unwrap());
        drop(guessing.attempt_on_account("boris", stranger(0), false).await.unwrap());
    }

    #[tokio::test]
    async fn one_password_tried_on_many_accounts_waits() {
        let guessing = guessing(true).await;
        for n in 0..FREE_FROM_SOURCE {
            let name = format!("viewer-{n}");
            guessing.attempt_on_account(&name, HERE, false).await.unwrap().failed().await.unwrap();
        }
        let next = guessing.attempt_on_account("anna", HERE, false).await;
        assert_eq!(next.unwrap_err().code(), "too_many_attempts");
        drop(guessing.attempt_on_account("anna", HERE, true).await.unwrap());
        drop(guessing.attempt_on_account("anna", THERE, false).await.unwrap());
    }

    #[tokio::test]
    async fn those_who_are_right_are_not_counted_widely() {
        let guessing = guessing(true).await;
        for n in 0..2 * FREE_FROM_SOURCE {
            let name = format!("viewer-{n}");
            guessing.attempt_on_account(&name, HERE, false).await.unwrap().succeeded().await.unwrap();
        }
    }

    #[tokio::test]
    async fn it_can_be_switched_off() {
        let guessing = guessing(false).await;
        for _ in 0..200 {
            guessing.attempt_on_account("anna", HERE, false).await.unwrap().failed().await.unwrap();
        }
    }

    #[test]
    fn waits_grow_to_a_quarter_of_an_hour() {
        let waits: Vec<u64> = (0..7).map(|n| wait_after(n).as_secs()).collect();
        assert_eq!(waits, [10, 30, 60, 300, 900, 900, 900]);
    }
}
