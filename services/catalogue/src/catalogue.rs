//! The catalogue in one value: its engines, its index and its caches, as handlers and workers hold it.

use std::{ops::Deref, sync::Arc};

use kino_domain::{AccessLevel, CatalogueEvent, Clock, Entropy, FilmId, Refusal};
use kino_engine::{Cache, Database, EventLog, database::DbErr, outbox::Outbox};
use kino_token::{Caller, TokenGate};
use sea_orm::DatabaseTransaction;

use crate::{
    film::Film,
    search::{self, Engine, IndexError, SearchUrl},
    served::Served,
    store::{Migrator, films, rebuilds},
    upkeep::{Upkeep, UpkeepError, builder, count_documents},
};

/// Why the service could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The database.
    #[error("the catalogue's database could not be brought up to date: {0}")]
    Database(#[from] DbErr),
    /// The search index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The search index was not built.
    #[error("the search index could not be built: {0}")]
    Build(String),
}

/// The catalogue. Clones are one and the same.
#[derive(Clone, Debug)]
pub struct Catalogue(Arc<Inner>);

/// What the service is made of.
#[derive(Debug)]
pub struct Inner {
    pub(crate) database: Database,
    pub(crate) log: EventLog,
    pub(crate) outbox: Outbox,
    pub(crate) gate: TokenGate,
    pub(crate) index: Engine,
    pub(crate) served: Served,
    pub(crate) upkeep: Upkeep,
    /// The answers to requests with an `Idempotency-Key`.
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
}

impl Catalogue {
    /// Brings the database up to date and opens the search engine.
    pub async fn open(
        database: Database,
        log: EventLog,
        cache: Arc<dyn Cache>,
        gate: TokenGate,
        search: &SearchUrl,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, CatalogueError> {
        database.migrate::<Migrator>().await?;
        let index = search::open(search).await?;
        let outbox = Outbox::new(clock.clone(), entropy.clone());
        let (served, upkeep) = (Served::new(), Upkeep::new());
        let inner = Inner { database, log, outbox, gate, index, served, upkeep, cache, clock, entropy };
        Ok(Self(Arc::new(inner)))
    }

    /// Commits a change with its events. What this process keeps of a changed film is forgotten at once; others hear of
    /// it from the log.
    pub(crate) async fn commit(
        &self,
        tx: DatabaseTransaction,
        events: &[CatalogueEvent],
    ) -> Result<(), DbErr> {
        self.outbox.put(&tx, events).await?;
        tx.commit().await?;
        self.outbox.wake();
        for event in events {
            if let CatalogueEvent::FilmChanged { film_id, .. } | CatalogueEvent::FilmDeleted { film_id } =
                event
            {
                self.served.forget(*film_id);
            }
        }
        Ok(())
    }
}

impl Catalogue {
    /// Those of these films that the caller may see, as far as lists show them, in the order of the ids.
    pub(crate) async fn listed(
        &self,
        ids: &[FilmId],
        visible: &[AccessLevel],
    ) -> Result<Vec<Arc<Film>>, DbErr> {
        let read = async |ids: Vec<FilmId>| films::find_listed_unscoped(self.database.read(), &ids).await;
        let mut listed = self.served.listed(ids, read).await?;
        listed.retain(|film| visible.contains(&film.access));
        Ok(listed)
    }
}

impl Catalogue {
    /// Builds the index anew in a process that runs no server, and lets go of it; how many films and persons it holds.
    /// `progress` hears how many there are so far, and of how many.
    pub async fn rebuild_index(&self, mut progress: impl FnMut(u64, u64)) -> Result<u64, CatalogueError> {
        let total = count_documents(self).await?;
        // One that was begun is another's, or is left to the next server.
        let asked = rebuilds::waiting(self.database.read()).await?.map(|asked| asked.id);
        if let Some(asked) = asked {
            self.begin_rebuild(asked, total).await?;
        }
        let total = u64::try_from(total).unwrap_or(0);
        let failed = |error: UpkeepError| CatalogueError::Build(error.to_string());
        let built = builder::build(self, |done| progress(done, total)).await.map_err(failed)?;
        let documents = built.documents;
        built.put_into_use(self).await.map_err(failed)?;
        self.index.close().await?;
        if let Some(asked) = asked {
            // The next server has nothing to do anew.
            self.advance_rebuild(asked, documents).await?;
            self.end_rebuild(asked, None).await?;
        }
        Ok(documents)
    }
}

/// What a caller may see: the rule of access, asked once a request.
pub(crate) fn visible_to(caller: &Caller) -> Vec<AccessLevel> {
    AccessLevel::visible_to(caller.permissions)
}

/// May this caller see a film of this level?
pub(crate) fn admit(caller: &Caller, access: AccessLevel) -> Result<(), Refusal> {
    access.admits(caller.permissions)
}

impl Deref for Catalogue {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// For the extractors of `kino_token`.
impl AsRef<TokenGate> for Catalogue {
    fn as_ref(&self) -> &TokenGate {
        &self.gate
    }
}
