//! Forgets what is long over: sessions, sign-ins that waited in vain for a code, roles that lapsed, sources that were
//! not seen for long, links of letters, the history past its retention. Makes the parts of the history's coming months.

use std::time::Duration;

use chrono::TimeDelta;
use kino_engine::database::DbErr;
use tokio_util::sync::CancellationToken;

use crate::{
    Auth,
    store::{known_sources, mfa_challenges, one_time_tokens, partitions, roles, sessions},
};

const EVERY: Duration = Duration::from_hours(1);
/// A session that is over is kept for a while: its tokens are told that it ended, not that it never was.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(7);
const SOURCES_KEPT: TimeDelta = TimeDelta::days(400);
/// A role that lapsed (a subscription) can be seen for a while by those who look into the database.
const LAPSED_ROLES_KEPT: TimeDelta = TimeDelta::days(30);

pub(crate) async fn run(auth: Auth, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        loop {
            if let Err(error) = sweep(&auth).await {
                tracing::warn!(%error, "what is long over could not be forgotten");
            }
            tokio::time::sleep(EVERY).await;
        }
    })
    .await;
}

pub(crate) async fn sweep(auth: &Auth) -> Result<(), DbErr> {
    let now = auth.clock.now();
    let tx = auth.database.begin().await?;
    let sessions = sessions::forget_expired(&tx, now - SESSIONS_KEPT).await?;
    let challenges = mfa_challenges::forget_expired(&tx, now).await?;
    let sources = known_sources::forget_before(&tx, now - SOURCES_KEPT).await?;
    let lapsed_roles = roles::forget_lapsed(&tx, now - LAPSED_ROLES_KEPT).await?;
    let links = one_time_tokens::forget_expired(&tx, now).await?;
    tx.commit().await?;
    let history = partitions::keep(&auth.database, now, auth.settings.history_months).await?;
    tracing::debug!(sessions, challenges, sources, lapsed_roles, links, history, "forgot what is long over");
    Ok(())
}
