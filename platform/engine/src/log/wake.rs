//! Wakes readers when something was appended: those of this process directly, those of other processes on
//! PostgreSQL through LISTEN/NOTIFY. Readers poll besides, so a lost wake costs a moment and nothing else.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DbErr};
use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::Database;

const CHANNEL: &str = "kino_events";
const RECONNECT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Wake {
    appended: watch::Sender<u64>,
    shared: bool,
    stop: CancellationToken,
}

impl Wake {
    pub(super) fn new(database: &Database) -> Arc<Self> {
        let pool = database.postgres_pool().cloned();
        let wake = Arc::new(Self {
            appended: watch::Sender::new(0),
            shared: pool.is_some(),
            stop: CancellationToken::new(),
        });
        if let Some(pool) = pool {
            tokio::spawn(Self::listen(Arc::clone(&wake), pool));
        }
        wake
    }

    /// A receiver that changes with every append.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.appended.subscribe()
    }

    /// Wakes the readers of this process.
    pub(super) fn local(&self) {
        self.appended.send_modify(|count| *count += 1);
    }

    /// Wakes the readers of other processes when the transaction commits.
    pub(super) async fn announce(&self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.shared {
            tx.execute_unprepared(&format!("NOTIFY {CHANNEL}")).await?;
        }
        Ok(())
    }

    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    async fn listen(self: Arc<Self>, pool: sqlx::PgPool) {
        let listening = async {
            loop {
                if let Err(error) = self.relay(&pool).await {
                    tracing::debug!(%error, "not woken by PostgreSQL for now; readers poll");
                }
                tokio::time::sleep(RECONNECT).await;
            }
        };
        self.stop.run_until_cancelled(listening).await;
    }

    async fn relay(&self, pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            listener.recv().await?;
            self.local();
        }
    }
}
