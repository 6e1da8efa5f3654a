//! The cache in this process: bounded, least recently used goes first.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use moka::{Expiry, ops::compute::Op, sync::Cache as Moka};

use super::{Cache, CacheError};

/// At most this many bytes of keys and values.
const CAPACITY: u64 = 64 * 1024 * 1024;
/// What an entry weighs beside its bytes.
const OVERHEAD: usize = 96;

#[derive(Debug)]
pub(super) struct MemoryCache {
    entries: Moka<String, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    content: Content,
    expires_at: Instant,
}

#[derive(Clone, Debug)]
enum Content {
    Value(Vec<u8>),
    Counter(u64),
}

/// Entries say themselves when they end; counting on does not prolong a counter.
struct OwnExpiry;

impl Expiry<String, Entry> for OwnExpiry {
    fn expire_after_create(&self, _: &String, entry: &Entry, now: Instant) -> Option<Duration> {
        Some(entry.expires_at.saturating_duration_since(now))
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        now: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.expires_at.saturating_duration_since(now))
    }
}

impl MemoryCache {
    pub(super) fn new() -> Self {
        let weigh = |key: &String, entry: &Entry| {
            let content = match &entry.content {
                Content::Value(value) => value.len(),
                Content::Counter(_) => 8,
            };
            u32::try_from(key.len() + content + OVERHEAD).unwrap_or(u32::MAX)
        };
        let entries = Moka::builder().max_capacity(CAPACITY).weigher(weigh).expire_after(OwnExpiry).build();
        Self { entries }
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        Ok(self.entries.get(key).and_then(|entry| match entry.content {
            Content::Value(value) => Some(value),
            Content::Counter(_) => None,
        }))
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.entries.insert(key.to_owned(), Entry::value(value, ttl));
        Ok(())
    }

    async fn set_if_absent(&self, key: &str, value: &[u8], ttl: Duration) -> Result<bool, CacheError> {
        let kept = self.entries.entry_by_ref(key).or_insert_with(|| Entry::value(value, ttl));
        Ok(kept.is_fresh())
    }

    async fn take(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        // What has expired may still lie here.
        let taken = self.entries.remove(key).filter(|entry| entry.expires_at > Instant::now());
        Ok(taken.and_then(|entry| match entry.content {
            Content::Value(value) => Some(value),
            Content::Counter(_) => None,
        }))
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        self.entries.invalidate(key);
        Ok(())
    }

    async fn count(&self, key: &str, ttl: Duration) -> Result<u64, CacheError> {
        let counted = self.entries.entry_by_ref(key).and_compute_with(|existing| {
            let next = match existing.map(moka::Entry::into_value) {
                Some(Entry { content: Content::Counter(count), expires_at }) => {
                    Entry { content: Content::Counter(count + 1), expires_at }
                }
                _ => Entry { content: Content::Counter(1), expires_at: Instant::now() + ttl },
            };
            Op::Put(next)
        });
        Ok(match counted.into_entry().map(moka::Entry::into_value) {
            Some(Entry { content: Content::Counter(count), .. }) => count,
            _ => 1,
        })
    }

    async fn counted(&self, key: &str) -> Result<Option<(u64, Duration)>, CacheError> {
        Ok(self.entries.get(key).and_then(|entry| match entry.content {
            Content::Counter(count) => {
                Some((count, entry.expires_at.saturating_duration_since(Instant::now())))
            }
            Content::Value(_) => None,
        }))
    }

    async fn ping(&self) -> Result<(), CacheError> {
        Ok(())
    }

    fn engine_name(&self) -> &'static str {
        "memory"
    }
}

impl Entry {
    fn value(value: &[u8], ttl: Duration) -> Self {
        Self { content: Content::Value(value.to_vec()), expires_at: Instant::now() + ttl }
    }
}
