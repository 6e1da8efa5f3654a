//! Building the search index anew: by the running server where there is one, since the index is its own, else here.

use std::time::{Duration, Instant};

use kino_catalogue::RebuildState;
use kino_domain::{Clock, Entropy};

use crate::{Engines, Settings, StartError, data_dir, platform};

const POLL: Duration = Duration::from_millis(200);
/// A server that runs the catalogue takes a request up within a second, unless it is building its first index.
const TAKEN_UP_WITHIN: Duration = Duration::from_mins(2);
/// A server that builds tells of progress twice a second, but for the last step: of a million films it takes some seconds.
const MOVES_WITHIN: Duration = Duration::from_mins(2);

/// How a rebuild ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebuilt {
    /// This process did it; so many films and persons are indexed.
    Here(u64),
    /// The running server did it.
    ByServer(RebuildState),
}

/// Builds the index anew and waits until it is in use. `progress` hears how many films and persons are indexed, and of
/// how many.
pub async fn rebuild_index(
    settings: &Settings,
    clock: Clock,
    entropy: Entropy,
    mut progress: impl FnMut(u64, u64),
) -> Result<Rebuilt, StartError> {
    let database = settings.open_database("catalogue").await?;
    let rebuilt = match data_dir::hold(&settings.data_dir) {
        Ok(_hold) => {
            let engines = Engines::open(settings, clock.clone(), entropy).await?;
            let gate = platform::token_gate(settings, &kino_upstream::Upstreams::new(), clock);
            let catalogue = platform::open_catalogue(settings, &engines, gate, database.clone()).await?;
            let documents = catalogue.rebuild_index(progress).await?;
            if let Err(error) = engines.log.close().await {
                tracing::warn!(%error, "the event log did not close well");
            }
            Rebuilt::Here(documents)
        }
        Err(StartError::InUse(_)) => {
            let mut state = kino_catalogue::request_index_rebuild(&database, clock, entropy).await?;
            let mut moved = Instant::now();
            while state.finished_at.is_none() {
                let patience = if state.started_at.is_none() { TAKEN_UP_WITHIN } else { MOVES_WITHIN };
                if moved.elapsed() > patience {
                    return Err(StartError::NotTakenUp);
                }
                tokio::time::sleep(POLL).await;
                let before = (state.started_at, state.done);
                state = kino_catalogue::index_rebuild(&database, state.id).await?.unwrap_or(state);
                if (state.started_at, state.done) != before {
                    moved = Instant::now();
                }
                let unsigned = |count: i64| u64::try_from(count).unwrap_or(0);
                progress(unsigned(state.done), unsigned(state.total));
            }
            Rebuilt::ByServer(state)
        }
        Err(error) => return Err(error),
    };
    database.close().await.map_err(kino_catalogue::CatalogueError::from)?;
    Ok(rebuilt)
}
