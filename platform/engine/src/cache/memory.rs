//! The cache in this process: bounded, least used goes first. Counters have a place of their own, so that values,
//! which anyone can make many of, do not push out what is counted against those who guess.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use moka::{Expiry, sync::Cache as Moka};

use super::{Cache, CacheError};

/// At most this many bytes of keys and values.
const VALUES: u64 = 64 * 1024 * 1024;
/// At most this many bytes of keys and counters: some three hundred thousand.
const COUNTERS: u64 = 64 * 1024 * 1024;
/// What an entry weighs beside its bytes.
const OVERHEAD: usize = 96;

#[derive(Debug)]
pub(super) struct MemoryCache {
    values: Moka<String, Entry<Vec<u8>>>,
    counters: Moka<String, Entry<u64>>,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    content: T,
    expires_at: Instant,
}

/// Entries say themselves when they end; counting on does not prolong a counter.
struct OwnExpiry;

impl<T> Expiry<String, Entry<T>> for OwnExpiry {
    fn expire_after_create(&self, _: &String, entry: &Entry<T>, now: Instant) -> Option<Duration> {
        Some(entry.expires_at.saturating_duration_since(now))
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry<T>,
        now: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.expires_at.saturating_duration_since(now))
    }
}

impl MemoryCache {
    pub(super) fn new() -> Self {
        Self { values: bounded(VALUES, Vec::len), counters: bounded(COUNTERS, |_| size_of::<u64>()) }
    }
}

fn bounded<T: Clone + Send + Sync + 'static>(capacity: u64, size: fn(&T) -> usize) -> Moka<String, Entry<T>> {
    Moka::builder()
        .max_capacity(capacity)
        .weigher(move |key: &String, entry: &Entry<T>| {
            u32::try_from(key.len() + size(&entry.content) + OVERHEAD).unwrap_or(u32::MAX)
        })
        .expire_after(OwnExpiry)
        .build()
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        Ok(self.values.get(key).map(|entry| entry.content))
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.values.insert(key.to_owned(), Entry::new(value.to_vec(), ttl));
        Ok(())
    }

    async fn set_if_absent(&self, key: &str, value: &[u8], ttl: Duration) -> Result<bool, CacheError> {
        let kept = self.values.entry_by_ref(key).or_insert_with(|| Entry::new(value.to_vec(), ttl));
        Ok(kept.is_fresh())
    }

    async fn take(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        // What has expired may still lie here.
        let taken = self.values.remove(key).filter(|entry| entry.expires_at > Instant::now());
        Ok(taken.map(|entry| entry.content))
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        self.values.invalidate(key);
        self.counters.invalidate(key);
        Ok(())
    }

    async fn count(&self, key: &str, ttl: Duration) -> Result<u64, CacheError> {
        let counted = self.counters.entry_by_ref(key).and_upsert_with(|existing| {
            existing.map_or_else(
                || Entry::new(1, ttl),
                |counter| {
                    let counter = counter.into_value();
                    Entry { content: counter.content + 1, ..counter }
                },
            )
        });
        Ok(counted.into_value().content)
    }

    async fn counted(&self, key: &str) -> Result<Option<(u64, Duration)>, CacheError> {
        let left = |entry: &Entry<u64>| entry.expires_at.saturating_duration_since(Instant::now());
        Ok(self.counters.get(key).map(|entry| (entry.content, left(&entry))))
    }

    async fn ping(&self) -> Result<(), CacheError> {
        Ok(())
    }

    fn engine_name(&self) -> &'static str {
        "memory"
    }
}

impl<T> Entry<T> {
    fn new(content: T, ttl: Duration) -> Self {
        Self { content, expires_at: Instant::now() + ttl }
    }
}
