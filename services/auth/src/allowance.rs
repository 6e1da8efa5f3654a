//! How often one source, or one account, may do what costs others something: open accounts, have letters sent.

use std::{net::IpAddr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kino_domain::UserId;
use kino_engine::Cache;
use kino_http::Problem;
use sha2::{Digest as _, Sha256};

use crate::source::network;

/// So many times within a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// The word in the cache.
    pub(crate) name: &'static str,
    pub(crate) times: u64,
    pub(crate) within: Duration,
}

/// Counts what was done.
#[derive(Clone, Debug)]
pub struct Allowances {
    cache: Arc<dyn Cache>,
    enabled: bool,
}

impl Allowances {
    /// Counters in this cache; disabled ones allow everything.
    pub fn new(cache: Arc<dyn Cache>, enabled: bool) -> Self {
        Self { cache, enabled }
    }

    /// Counts once more for a source, or refuses with the time until it may again.
    pub(crate) async fn spend(&self, allowance: Allowance, source: IpAddr) -> Result<(), Problem> {
        self.spend_for(allowance, &network(source).to_string()).await
    }

    /// Counts once more for an account, or refuses with the time until it may again.
    pub(crate) async fn spend_own(&self, allowance: Allowance, user_id: UserId) -> Result<(), Problem> {
        self.spend_for(allowance, &user_id.to_string()).await
    }

    async fn spend_for(&self, allowance: Allowance, whom: &str) -> Result<(), Problem> {
        let Some(wait) = self.left(allowance, whom).await? else { return Ok(()) };
        let seconds = wait.as_secs().max(1);
        Err(Problem::too_many(
            "too_many_requests",
            format!("Слишком часто. Повторите через {seconds} с."),
            format!("Too often. Try again in {seconds} s."),
            seconds,
        ))
    }

    /// Counts once more for `whom`; how long to wait where it is too often.
    pub(crate) async fn left(&self, allowance: Allowance, whom: &str) -> Result<Option<Duration>, Problem> {
        if !self.enabled {
            return Ok(None);
        }
        let name = URL_SAFE_NO_PAD.encode(&Sha256::digest(whom)[..16]);
        let key = format!("auth:allowance:{}:{name}", allowance.name);
        if self.cache.count(&key, allowance.within).await? <= allowance.times {
            return Ok(None);
        }
        Ok(Some(self.cache.counted(&key).await?.map_or(Duration::ZERO, |(_, left)| left)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_times_and_no_more() {
        let cache = kino_engine::cache::open("memory:").await.unwrap();
        let allowances = Allowances::new(cache, true);
        let twice = Allowance { name: "test", times: 2, within: Duration::from_hours(1) };
        let spend = async |source: &str| allowances.spend(twice, source.parse().unwrap()).await;
        assert!(spend("192.0.2.1").await.is_ok() && spend("192.0.2.1").await.is_ok());
        let refused = spend("192.0.2.1").await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (429, "too_many_requests"));
        assert!(spend("192.0.2.2").await.is_ok());
        let other = Allowance { name: "other", ..twice };
        assert!(allowances.spend(other, "192.0.2.1".parse().unwrap()).await.is_ok());
    }
}
