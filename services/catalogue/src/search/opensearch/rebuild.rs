//! An index in the making, beside the one in use.

use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    super::{
        IndexError,
        engine::{Batch, LogPlace, Rebuild, Rejected},
    },
    client::{Client, Patience},
    engine::Shared,
    failure::Failure,
    generation,
    names::{Generation, KINDS},
    place::{self, gone},
    write::write,
};

/// Batches under way at once: the server works on one of them with one processor.
const AT_ONCE: usize = 4;

/// The indices in the making; dropped, they go. Those of a process that is killed go at a later start.
pub(super) struct Making {
    shared: Arc<Shared>,
    made: Generation,
    /// What was added and is not there yet.
    adding: JoinSet<Result<Vec<Rejected>, IndexError>>,
    is_in_use: bool,
}

impl Making {
    pub(super) async fn begin(shared: Arc<Shared>) -> Result<Self, IndexError> {
        let made = shared.names.new_generation();
        // From here on it is ours to delete, whatever of it there is.
        let making = Self { shared, made, adding: JoinSet::new(), is_in_use: false };
        let client = &making.shared.client;
        generation::create(client, &making.made).await?;
        // Many documents come, and none is promised to anyone yet.
        set(client, &making.made, &json!({"index.translog.durability": "async"})).await?;
        Ok(making)
    }

    /// Waits until fewer batches are under way; what was refused of those that are there now.
    async fn until_fewer_than(&mut self, under_way: usize) -> Result<Vec<Rejected>, IndexError> {
        let mut rejected = Vec::new();
        while self.adding.len() >= under_way
            && let Some(added) = self.adding.join_next().await
        {
            let added = added.map_err(|ended| IndexError::OpenSearch {
                server: self.shared.client.server().to_owned(),
                problem: format!("documents were not sent: {ended}"),
            });
            rejected.extend(added??);
        }
        Ok(rejected)
    }
}

#[async_trait]
impl Rebuild for Making {
    async fn add(&mut self, batch: Batch) -> Result<Vec<Rejected>, IndexError> {
        let rejected = self.until_fewer_than(AT_ONCE).await?;
        let (shared, made) = (Arc::clone(&self.shared), self.made.clone());
        self.adding.spawn(async move { write(&shared.client, &made, &batch).await });
        Ok(rejected)
    }

    async fn put(&mut self, batch: Batch) -> Result<Vec<Rejected>, IndexError> {
        // Persons carry no version: what replaces one comes after it.
        let mut rejected = self.until_fewer_than(1).await?;
        rejected.extend(write(&self.shared.client, &self.made, &batch).await?);
        Ok(rejected)
    }

    async fn finish(mut self: Box<Self>, place: LogPlace) -> Result<Vec<Rejected>, IndexError> {
        let rejected = self.until_fewer_than(1).await?;
        let (shared, made) = (&self.shared, &self.made);
        let client = &shared.client;
        set(client, made, &json!({"index.translog.durability": "request"})).await.map_err(gone)?;
        // From memory to the disk, as far as it was promised to nobody before.
        ask_of(client, made, "_flush").await.map_err(gone)?;
        place::write(client, made, place).await?;
        ask_of(client, made, "_refresh").await.map_err(gone)?;
        generation::put_in_use(client, &shared.names, made).await.map_err(gone)?;
        self.is_in_use = true;
        tokio::spawn(join(Arc::clone(&self.shared), self.made.clone()));
        Ok(rejected)
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        if self.is_in_use {
            return;
        }
        let (shared, made) = (Arc::clone(&self.shared), self.made.clone());
        // Without a runtime the process is ending: a later start does it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) =
                    generation::delete_generation(&shared.client, &made).await.map_err(IndexError::from)
                {
                    tracing::warn!(%error, "an unfinished search index could not be deleted");
                }
            });
        }
    }
}

/// Has the server make one segment of each index: searches look into each of them. A few seconds for a million films, behind
/// searches' backs; where it takes longer than is waited for, the server goes on by itself.
async fn join(shared: Arc<Shared>, made: Generation) {
    let path = format!("/{}/_forcemerge?max_num_segments=1", KINDS.map(|kind| made.index(kind)).join(","));
    let joined = shared.client.ask(Method::POST, &path, bytes::Bytes::new(), Patience::ONCE).await;
    if let Err(error) = joined.map_err(IndexError::from) {
        tracing::debug!(%error, "the segments of the search index stay apart for now");
    }
}

/// Changes settings of a generation.
async fn set(client: &Client, generation: &Generation, settings: &Value) -> Result<(), Failure> {
    let path = format!("/{}/_settings", KINDS.map(|kind| generation.index(kind)).join(","));
    client.send(Method::PUT, &path, settings, Patience::WORKER).await.map(drop)
}

/// Has a generation do something that has no parameters.
pub(super) async fn ask_of(client: &Client, generation: &Generation, what: &str) -> Result<(), Failure> {
    let path = format!("/{}/{what}", KINDS.map(|kind| generation.index(kind)).join(","));
    client.ask(Method::POST, &path, bytes::Bytes::new(), Patience::WORKER).await.map(drop)
}
