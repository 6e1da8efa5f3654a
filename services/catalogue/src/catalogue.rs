//! The catalogue in one value: its engines, its index and its caches, as handlers and workers hold it.

use std::{ops::Deref, path::Path, sync::Arc};

use axum::extract::FromRef;
use kino_domain::{AccessLevel, Clock, Entropy, Refusal};
use kino_engine::{Database, EventLog, database::DbErr, outbox::Outbox};
use kino_token::{Caller, TokenGate};

use crate::{
    search::{Engine, IndexError, Tantivy},
    served::Served,
    store::Migrator,
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
}

impl Catalogue {
    /// Brings the database up to date and opens the index in `index_folder`; a damaged index is made anew.
    pub async fn open(
        database: Database,
        log: EventLog,
        gate: TokenGate,
        index_folder: &Path,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, CatalogueError> {
        database.migrate::<Migrator>().await?;
        let index: Engine = Arc::new(Tantivy::open(index_folder)?);
        let outbox = Outbox::new(clock, entropy);
        Ok(Self(Arc::new(Inner { database, log, outbox, gate, index, served: Served::new() })))
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

impl FromRef<Catalogue> for TokenGate {
    fn from_ref(catalogue: &Catalogue) -> Self {
        catalogue.gate.clone()
    }
}
