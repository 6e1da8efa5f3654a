//! Slowing down those who guess passwords: failures are counted per account and source, and from the sixth on each
//! costs a wait that grows. Others' failures do not touch the account's owner.

use std::{net::IpAddr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kino_engine::{Cache, cache::CacheError};
use kino_http::Problem;
use sha2::{Digest as _, Sha256};

use crate::source::network;

/// Failures are remembered for so long.
const WINDOW: Duration = Duration::from_mins(15);
/// Attempts that cost no wait.
const FREE: u64 = 5;

/// How long the next attempt waits after the n-th in the window.
fn wait_after(attempts: u64) -> Duration {
    match attempts.saturating_sub(FREE) {
        0 => Duration::from_secs(10),
        1 => Duration::from_secs(30),
        2 => Duration::from_mins(1),
        3 => Duration::from_mins(5),
        _ => Duration::from_mins(15),
    }
}

/// Counts attempts to sign in.
#[derive(Clone, Debug)]
pub struct Guessing {
    cache: Arc<dyn Cache>,
    enabled: bool,
}

/// An attempt that may go on. [`succeeded`](Self::succeeded) takes it, and the failures before it, back.
#[derive(Debug)]
pub struct Attempt {
    cache: Arc<dyn Cache>,
    failures: String,
    wait: String,
}

impl Guessing {
    /// A counter in this cache; a disabled one lets everyone through.
    pub fn new(cache: Arc<dyn Cache>, enabled: bool) -> Self {
        Self { cache, enabled }
    }

    /// Counts an attempt on `account` from `source` and lets it through, or says how long to wait. It is counted
    /// before it is made, so that attempts at the same time do not slip through together.
    pub async fn attempt(&self, account: &str, source: IpAddr) -> Result<Attempt, Problem> {
        let digest =
            Sha256::new().chain_update(account).chain_update([0]).chain_update(network(source).to_string());
        let name = URL_SAFE_NO_PAD.encode(&digest.finalize()[..16]);
        let attempt = Attempt {
            cache: Arc::clone(&self.cache),
            failures: format!("auth:failures:{name}"),
            wait: format!("auth:wait:{name}"),
        };
        if !self.enabled {
            return Ok(attempt);
        }
        if let Some((_, left)) = self.cache.counted(&attempt.wait).await? {
            return Err(too_many(left));
        }
        let attempts = self.cache.count(&attempt.failures, WINDOW).await?;
        if attempts >= FREE {
            let wait = wait_after(attempts);
            // The first to get here goes on; those beside it wait.
            if self.cache.count(&attempt.wait, wait).await? > 1 {
                return Err(too_many(wait));
            }
        }
        Ok(attempt)
    }
}

impl Attempt {
    /// The password was right: nothing is held against this source.
    pub async fn succeeded(self) -> Result<(), CacheError> {
        self.cache.remove(&self.failures).await?;
        self.cache.remove(&self.wait).await
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

    #[tokio::test]
    async fn the_sixth_attempt_waits_and_others_do_not() {
        let guessing = guessing(true).await;
        for _ in 0..5 {
            guessing.attempt("anna", HERE).await.unwrap();
        }
        assert_eq!(guessing.attempt("anna", HERE).await.unwrap_err().code(), "too_many_attempts");
        guessing.attempt("anna", THERE).await.unwrap();
        guessing.attempt("boris", HERE).await.unwrap();
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
    async fn it_can_be_switched_off() {
        let guessing = guessing(false).await;
        for _ in 0..100 {
            guessing.attempt("anna", HERE).await.unwrap();
        }
    }

    #[test]
    fn waits_grow_to_a_quarter_of_an_hour() {
        let waits: Vec<u64> = (5..12).map(|n| wait_after(n).as_secs()).collect();
        assert_eq!(waits, [10, 30, 60, 300, 900, 900, 900]);
    }
}
