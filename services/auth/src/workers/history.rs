//! Writes failed sign-ins into the history.

use kino_engine::database::DbErr;
use tokio_util::sync::CancellationToken;

use crate::{
    Auth,
    store::{SignIn, sign_ins},
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
        sign_ins::insert(&tx, batch.iter().cloned()).await?;
    }
    tx.commit().await
}
