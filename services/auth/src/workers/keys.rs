//! Tends the signing keys. A rotation by the command line or by another server is heeded within seconds.

use std::{collections::HashSet, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    Auth,
    keys::{KeyError, Ring},
};

const EVERY: Duration = Duration::from_secs(2);

pub(crate) async fn run(auth: Auth, stop: CancellationToken) {
    stop.run_until_cancelled(async {
        let mut told = HashSet::new();
        loop {
            tokio::time::sleep(EVERY).await;
            let problems: HashSet<_> = tend(&auth).await.iter().map(ToString::to_string).collect();
            // What stays wrong is told once.
            for problem in problems.difference(&told) {
                tracing::warn!("{problem}\n  until then this server goes on with the keys that it has");
            }
            told = problems;
        }
    })
    .await;
}

async fn tend(auth: &Auth) -> Vec<KeyError> {
    let tending = auth.clone();
    // Making a key takes a good part of a second, and the folder may be another machine's.
    let Ok(mut tended) = tokio::task::spawn_blocking(move || tending.keys.tend()).await else {
        return Vec::new();
    };
    if let Some(ring) = tended.found.take() {
        take_up(auth, ring).await;
    }
    if let Err(error) = auth.note_keys(&tended).await {
        tracing::warn!(%error, "the audit log could not be told of a change of keys");
    }
    tended.problems
}

/// In this order, so that even here no token comes before its key.
async fn take_up(auth: &Auth, ring: Ring) {
    tracing::info!(keys = ring.count(), newest = ring.newest().kid, "the signing keys have changed");
    auth.keys.publish(&ring);
    auth.gate.refresh_keys().await;
    auth.keys.hold(ring);
}
