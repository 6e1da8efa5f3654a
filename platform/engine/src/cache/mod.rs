//! The cache port: values that may be lost, and counters, each with a time to live.

mod memory;
mod redis;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::OpenError;

/// What every cache engine does. Keys are at most a few hundred bytes, values a few hundred kilobytes.
#[async_trait]
pub trait Cache: Send + Sync + std::fmt::Debug {
    /// The value, unless absent or expired.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError>;

    /// Keeps a value for `ttl`.
    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError>;

    /// Keeps a value for `ttl` if there is none; says whether it was kept. Of many callers at once one wins.
    async fn set_if_absent(&self, key: &str, value: &[u8], ttl: Duration) -> Result<bool, CacheError>;

    /// The value, unless absent or expired, which is forgotten with it. Of many callers at once one gets it.
    async fn take(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError>;

    /// Forgets a value or a counter.
    async fn remove(&self, key: &str) -> Result<(), CacheError>;

    /// Adds one to a counter and returns the sum. A new counter lives for `ttl` from its first count.
    async fn count(&self, key: &str, ttl: Duration) -> Result<u64, CacheError>;

    /// What the counter stands at, and how long it still lives.
    async fn counted(&self, key: &str) -> Result<Option<(u64, Duration)>, CacheError>;

    /// Asks the engine for an answer.
    async fn ping(&self) -> Result<(), CacheError>;

    /// The engine's name, for people.
    fn engine_name(&self) -> &'static str;
}

/// The cache engine cannot be reached now.
#[derive(Debug, thiserror::Error)]
#[error("the cache does not answer: {0}")]
pub struct CacheError(pub String);

/// Opens the cache at `url`: `memory:` or `redis://HOST:PORT`.
pub async fn open(url: &str) -> Result<Arc<dyn Cache>, OpenError> {
    if url == "memory:" {
        return Ok(Arc::new(memory::MemoryCache::new()));
    }
    if url.starts_with("redis://") || url.starts_with("rediss://") {
        return redis::RedisCache::open(url).await.map(|cache| Arc::new(cache) as Arc<dyn Cache>);
    }
    Err(OpenError::new("cache", url, "no such kind of cache", "use \"memory:\" or \"redis://HOST:6379\""))
}
