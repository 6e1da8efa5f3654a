//! Takes the names of accounts that are no more out of the revisions, by following what auth tells.

use std::time::Duration;

use kino_domain::{AuthEvent, DomainEvent as _, UserId};
use kino_engine::{
    database::DbErr,
    log::{Follower, LogError, Record, Start},
};
use tokio_util::sync::CancellationToken;

use crate::{Catalogue, store::editing::revisions};

const EVENTS_AT_ONCE: u64 = 5000;
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Follows the log until `stop`.
pub(crate) async fn run(catalogue: Catalogue, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        let mut reading = None;
        loop {
            if let Err(error) = step(&catalogue, &mut reading).await {
                tracing::warn!(%error, "closed accounts cannot be heard of; trying again");
                reading = None;
                tokio::time::sleep(RETRY).await;
            }
        }
    })
    .await;
}

async fn step(catalogue: &Catalogue, reading: &mut Option<Follower>) -> Result<(), StepError> {
    let follower = if let Some(follower) = reading {
        follower
    } else {
        // From the first event that is kept: erasing twice changes nothing, and there is no place to keep a position.
        reading.insert(catalogue.log.follow(AuthEvent::TOPIC, Start::Beginning).await?)
    };
    let erased: Vec<UserId> =
        follower.next(EVENTS_AT_ONCE, PATIENCE).await?.iter().filter_map(erased).collect();
    if !erased.is_empty() {
        let tx = catalogue.database.begin().await?;
        revisions::forget_names(&tx, &erased).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn erased(record: &Record) -> Option<UserId> {
    match record.envelope.open::<AuthEvent>() {
        Ok(AuthEvent::UserErased { user_id }) => Some(user_id),
        Ok(_) => None,
        Err(error) => {
            tracing::error!(%error, id = %record.envelope.id, "an event of auth cannot be read");
            None
        }
    }
}
