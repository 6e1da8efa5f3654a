//! Forgets sessions that are long over.

use std::time::Duration;

use chrono::TimeDelta;
use kino_engine::database::DbErr;
use tokio_util::sync::CancellationToken;

use crate::{Auth, store::sessions};

const EVERY: Duration = Duration::from_hours(1);
/// A session that is over is kept for a while: its tokens are told that it ended, not that it never was.
const KEEP: TimeDelta = TimeDelta::days(7);

pub(crate) async fn run(auth: Auth, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        loop {
            match sweep(&auth).await {
                Ok(0) => {}
                Ok(count) => tracing::debug!(count, "forgot sessions that were over"),
                Err(error) => tracing::warn!(%error, "sessions that are over could not be forgotten"),
            }
            tokio::time::sleep(EVERY).await;
        }
    })
    .await;
}

async fn sweep(auth: &Auth) -> Result<u64, DbErr> {
    let tx = auth.database.begin().await?;
    let forgotten = sessions::forget_expired(&tx, auth.clock.now() - KEEP).await?;
    tx.commit().await?;
    Ok(forgotten)
}
