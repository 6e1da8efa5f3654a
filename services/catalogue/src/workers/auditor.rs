//! Compares index and database from time to time.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::Catalogue;

/// After a start: when the index has caught up, as a rule. Where it is still being built, that long again.
const SOON: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_hours(1);

/// Audits until `stop`; and looks at the files of the index once, when nothing else is to be done.
pub(crate) async fn run(catalogue: Catalogue, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        match catalogue.index.check().await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!("the search index is damaged on the disk; restart kino: it is made anew");
            }
            Err(error) => tracing::warn!(%error, "the files of the search index could not be checked"),
        }
        tokio::time::sleep(SOON).await;
        loop {
            // Nothing can be said of an index that there is not; who builds it tells what stands in the way.
            if catalogue.index.ready().await.is_err() {
                tokio::time::sleep(SOON).await;
                continue;
            }
            if let Err(error) = catalogue.audit().await {
                tracing::warn!(%error, "index and database could not be compared; trying again later");
            }
            tokio::time::sleep(EVERY).await;
        }
    })
    .await;
}
