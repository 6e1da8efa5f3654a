//! OpenSearch as the catalogue's engine.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kino_domain::{AccessLevel, FilmId, PersonId};
use serde_json::json;
use uuid::Uuid;

use super::{
    super::{
        IndexError,
        engine::{
            Batch, Checksum, DocumentKind, Found, LogPlace, PersonsWanted, Place, Rebuild, Rejected,
            SearchEngine, Stats, SuggestWanted, Suggested, Wanted,
        },
        url::OpenSearchUrl,
    },
    audit,
    client::{Client, Patience},
    failure::Failure,
    generation,
    names::{Generation, KINDS, Names},
    persons,
    place::{self, Noted, gone},
    query,
    rebuild::{Making, ask_of},
    similar, suggest,
    write::write,
};
use crate::film::Film;

/// An index on a server, which other processes may share.
#[derive(Clone, Debug)]
pub(crate) struct OpenSearch(Arc<Shared>);

/// What the engine and an index in the making share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) names: Names,
    round: Mutex<Round>,
}

/// What was put since the last commit, and what was known then. Another process may put a new index in use at any moment,
/// one that knows less than this one was told: then what follows must begin where that one stands.
#[derive(Clone, Debug, Default)]
struct Round {
    /// Where it was put.
    generation: Option<Generation>,
    committed: Option<LogPlace>,
}

impl Shared {
    fn round(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn noted(&self, patience: Patience) -> Result<Option<Noted>, IndexError> {
        let Some(noted) = place::read(&self.client, &self.names, patience).await? else { return Ok(None) };
        // Half an index, of which someone deleted the other, is none.
        Ok(generation::has_persons(&self.client, &self.names, patience).await?.then_some(noted))
    }

    /// The generation that changes go to until the next commit. Only what was built whole is put in use, so where there is
    /// none it is not for a change to make one: it would be taken for all there is.
    async fn generation(&self) -> Result<Generation, IndexError> {
        if let Some(generation) = self.round().generation.clone() {
            return Ok(generation);
        }
        let noted = self.noted(Patience::WORKER).await?.filter(|noted| noted.place != Place::Empty);
        let generation = noted.ok_or(IndexError::Replaced)?.generation;
        self.round().generation = Some(generation.clone());
        Ok(generation)
    }

    async fn commit(&self, place: LogPlace) -> Result<(), IndexError> {
        let generation = self.generation().await?;
        ask_of(&self.client, &generation, "_refresh").await.map_err(gone)?;
        // Looked at first: what is noted after it cannot be less, unless it is another's.
        let committed = self.round().committed;
        let in_use = self.noted(Patience::WORKER).await?;
        let in_use = in_use.filter(|noted| noted.generation == generation).ok_or(IndexError::Replaced)?;
        let Place::At(there) = in_use.place else { return Err(IndexError::Replaced) };
        if committed
            .is_some_and(|committed| there.log == committed.log && there.position < committed.position)
        {
            return Err(IndexError::Replaced);
        }
        place::write(&self.client, &generation, place).await
    }

    async fn count(&self, kind: DocumentKind) -> Result<u64, Failure> {
        let path = format!("/{}/_count", self.names.alias(kind));
        let question = json!({"query": {"exists": {"field": "version"}}});
        match self.client.send(http::Method::POST, &path, &question, Patience::VIEWER).await {
            Err(failure) if failure.is_no_index() => Ok(0),
            answer => Ok(answer?["count"].as_u64().unwrap_or_default()),
        }
    }

    /// Bytes on the disk, without replicas.
    async fn bytes(&self) -> Result<u64, Failure> {
        let path = format!("/{}/_stats/store", KINDS.map(|kind| self.names.alias(kind)).join(","));
        match self.client.get(&path, Patience::VIEWER).await {
            Err(failure) if failure.is_no_index() => Ok(0),
            answer => Ok(answer?["_all"]["primaries"]["store"]["size_in_bytes"].as_u64().unwrap_or_default()),
        }
    }
}

impl OpenSearch {
    /// Opens the server's index; there need be none yet.
    pub(crate) async fn open(url: &OpenSearchUrl) -> Result<Self, IndexError> {
        let unusable = |problem: String| IndexError::Server { url: url.to_string(), problem };
        let client = Client::new(url).map_err(unusable)?;
        let names = Names::new(&url.prefix);
        // Asks what later calls need: that the server is there, that it is one, and that we may.
        let opening = generation::sweep(&client, &names).await;
        opening.map_err(|failure| unusable(failure.into_problem()))?;
        Ok(Self(Arc::new(Shared { client, names, round: Mutex::default() })))
    }
}

#[async_trait]
impl SearchEngine for OpenSearch {
    fn name(&self) -> &'static str {
        "OpenSearch"
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn search(&self, wanted: Wanted) -> Result<Found, IndexError> {
        query::search(&self.0.client, &self.0.names, &wanted).await
    }

    async fn suggest(&self, wanted: SuggestWanted) -> Result<Vec<Suggested>, IndexError> {
        suggest::suggest(&self.0.client, &self.0.names, &wanted).await
    }

    async fn find_persons(&self, wanted: PersonsWanted) -> Result<(Vec<PersonId>, u64), IndexError> {
        persons::find(&self.0.client, &self.0.names, &wanted).await
    }

    async fn similar(
        &self,
        film: &Film,
        visible: Vec<AccessLevel>,
        limit: usize,
    ) -> Result<Vec<FilmId>, IndexError> {
        similar::similar(&self.0.client, &self.0.names, film, &visible, limit).await
    }

    async fn place(&self) -> Result<Place, IndexError> {
        Ok(self.0.noted(Patience::WORKER).await?.map_or(Place::Empty, |noted| noted.place))
    }

    async fn built_after(&self) -> Result<Option<Uuid>, IndexError> {
        Ok(None)
    }

    async fn put(&self, batch: Batch) -> Result<Vec<Rejected>, IndexError> {
        let generation = self.0.generation().await?;
        let written = write(&self.0.client, &generation, &batch).await;
        if written.is_err() {
            self.0.round().generation = None;
        }
        written
    }

    async fn commit(&self, place: LogPlace) -> Result<(), IndexError> {
        let committed = self.0.commit(place).await;
        *self.0.round() = Round { generation: None, committed: committed.is_ok().then_some(place) };
        committed
    }

    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, IndexError> {
        Ok(Box::new(Making::begin(Arc::clone(&self.0)).await?))
    }

    async fn stats(&self) -> Result<Stats, IndexError> {
        let shared = &self.0;
        let noted = shared.noted(Patience::VIEWER).await?;
        Ok(Stats {
            films: shared.count(DocumentKind::Film).await?,
            persons: shared.count(DocumentKind::Person).await?,
            bytes: shared.bytes().await?,
            is_built: noted.is_some_and(|noted| noted.place != Place::Empty),
        })
    }

    async fn checksums(&self, kind: DocumentKind) -> Result<Vec<Checksum>, IndexError> {
        audit::checksums(&self.0.client, &self.0.names, kind).await
    }

    async fn versions(&self, kind: DocumentKind, bucket: u8) -> Result<Vec<(Uuid, i64)>, IndexError> {
        audit::versions(&self.0.client, &self.0.names, kind, bucket).await
    }

    async fn check(&self) -> Result<bool, IndexError> {
        // The server looks after its own files.
        Ok(true)
    }

    async fn ready(&self) -> Result<(), IndexError> {
        match self.0.noted(Patience::VIEWER).await? {
            Some(Noted { place: Place::At(_), .. }) => Ok(()),
            _ => Err(IndexError::Building),
        }
    }

    async fn close(&self) -> Result<(), IndexError> {
        Ok(())
    }
}
