//! Writes failed sign-ins into the history.

use std::collections::HashSet;

use kino_domain::UserId;
use kino_engine::database::DbErr;
use tokio_util::sync::CancellationToken;

use crate::{
    Auth,
    store::{SignIn, sign_ins, users},
};

/// Rows in one statement: SQLite takes 32,766 parameters, a row has nine.
const STATEMENT_ROWS: usize = 2000;

pub(crate) async fn run(auth: Auth, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = auth.failures.some() => {}
            () = stop.cancelled() => {}
        }
        let failures = auth.failures.take();
        if !failures.is_empty()
            && let Err(error) = write(&auth, failures).await
        {
            tracing::warn!(%error, "failed sign-ins could not be written into the history");
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

async fn write(auth: &Auth, failures: Vec<SignIn>) -> Result<(), DbErr> {
    let tx = auth.database.begin().await?;
    for batch in failures.chunks(STATEMENT_ROWS) {
        // An account that was erased meanwhile has no history.
        let accounts: HashSet<UserId> = batch.iter().map(|failure| failure.user_id).collect();
        let there = users::hold(&tx, accounts).await?;
        let rows: Vec<SignIn> =
            batch.iter().filter(|failure| there.contains(&failure.user_id)).cloned().collect();
        if !rows.is_empty() {
            sign_ins::insert(&tx, rows).await?;
        }
    }
    tx.commit().await
}
