//! The cache on a Redis server, shared by every process of the platform.

use std::{sync::LazyLock, time::Duration};

use async_trait::async_trait;
use redis::{
    AsyncCommands as _, Client, ExistenceCheck, Script, SetExpiry, SetOptions,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::{Cache, CacheError};
use crate::OpenError;

/// All keys begin with this, so that a server can be shared.
const PREFIX: &str = "kino:";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Counts and, at the first count, starts the time to live; in one step, so that no counter lives for ever.
static COUNT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local n = redis.call('INCR', KEYS[1]) \
         if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end \
         return n",
    )
});

pub(super) struct RedisCache {
    connection: ConnectionManager,
}

impl std::fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedisCache")
    }
}

impl RedisCache {
    pub(super) async fn open(url: &str) -> Result<Self, OpenError> {
        let refused = |error: redis::RedisError| {
            OpenError::new(
                "cache",
                url,
                error,
                "check that the Redis server runs there and that the password is right, or use \"memory:\" on one \
                 machine",
            )
        };
        let client = Client::open(url).map_err(refused)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(ANSWER_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_number_of_retries(2);
        let connection = ConnectionManager::new_with_config(client, config).await.map_err(refused)?;
        Ok(Self { connection })
    }

    fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        Ok(self.connection().get(prefixed(key)).await?)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let options = SetOptions::default().with_expiration(SetExpiry::PX(millis(ttl)));
        Ok(self.connection().set_options::<_, _, ()>(prefixed(key), value, options).await?)
    }

    async fn set_if_absent(&self, key: &str, value: &[u8], ttl: Duration) -> Result<bool, CacheError> {
        let options = SetOptions::default()
            .with_expiration(SetExpiry::PX(millis(ttl)))
            .conditional_set(ExistenceCheck::NX);
        let kept: Option<String> = self.connection().set_options(prefixed(key), value, options).await?;
        Ok(kept.is_some())
    }

    async fn take(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        Ok(self.connection().get_del(prefixed(key)).await?)
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        Ok(self.connection().del::<_, ()>(prefixed(key)).await?)
    }

    async fn count(&self, key: &str, ttl: Duration) -> Result<u64, CacheError> {
        let mut connection = self.connection();
        Ok(COUNT.key(prefixed(key)).arg(millis(ttl)).invoke_async(&mut connection).await?)
    }

    async fn counted(&self, key: &str) -> Result<Option<(u64, Duration)>, CacheError> {
        let key = prefixed(key);
        let (count, left): (Option<u64>, i64) =
            redis::pipe().get(&key).pttl(&key).query_async(&mut self.connection()).await?;
        Ok(count.map(|count| (count, Duration::from_millis(u64::try_from(left).unwrap_or(0)))))
    }

    async fn ping(&self) -> Result<(), CacheError> {
        Ok(self.connection().ping::<()>().await?)
    }

    fn engine_name(&self) -> &'static str {
        "Redis"
    }
}

impl From<redis::RedisError> for CacheError {
    fn from(error: redis::RedisError) -> Self {
        Self(error.to_string())
    }
}

fn prefixed(key: &str) -> String {
    format!("{PREFIX}{key}")
}

fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}
