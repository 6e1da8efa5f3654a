//! Forgets served details of films that change, by following the event log. Apart from the indexer, so that a film
//! that is closed is closed at once, however busy the index is.

use std::time::Duration;

use kino_domain::{CatalogueEvent, DomainEvent as _};
use kino_engine::log::{Follower, LogError, Start};
use tokio_util::sync::CancellationToken;

use crate::{Catalogue, upkeep::Changes};

const EVENTS_AT_ONCE: u64 = 5000;
const PATIENCE: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);

/// Follows the log until `stop`.
pub(crate) async fn run(catalogue: Catalogue, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        let mut reading = None;
        loop {
            if let Err(error) = step(&catalogue, &mut reading).await {
                tracing::warn!(%error, "changes of films cannot be heard; trying again");
                reading = None;
                // What changed meanwhile will not be told.
                catalogue.served.forget_all();
                tokio::time::sleep(RETRY).await;
            }
        }
    })
    .await;
}

async fn step(catalogue: &Catalogue, reading: &mut Option<Follower>) -> Result<(), LogError> {
    let follower = if let Some(follower) = reading {
        follower
    } else {
        let end = catalogue.log.end().await?;
        let follower = catalogue.log.follow(CatalogueEvent::TOPIC, Start::Position(end)).await?;
        // What was kept before this moment may have changed before it.
        catalogue.served.forget_all();
        reading.insert(follower)
    };
    let (changes, unreadable) = Changes::of(follower.next(EVENTS_AT_ONCE, PATIENCE).await?);
    if changes.persons.is_empty() && changes.genres.is_empty() && unreadable.is_empty() {
        changes.films.into_iter().for_each(|film| catalogue.served.forget(film));
    } else {
        // Their names stand in many films; and who knows what an event was about that cannot be read.
        catalogue.served.forget_all();
    }
    Ok(())
}
