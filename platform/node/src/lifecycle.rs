//! The life of a process: it runs until told to stop, then finishes within a bound.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long requests under way may take to be answered.
const ANSWER_WITHIN: Duration = Duration::from_secs(12);
/// How long workers may then take to finish.
const FINISH_WITHIN: Duration = Duration::from_secs(8);

/// Tells everyone when to stop, in order: first new requests, then (when those under way are answered) the workers,
/// which flush what the requests left. Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    accepting: CancellationToken,
    working: CancellationToken,
    connections: TaskTracker,
    workers: TaskTracker,
}

impl Lifecycle {
    /// A new life.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when no more requests are to be accepted.
    pub fn stop_accepting(&self) -> CancellationToken {
        self.accepting.clone()
    }

    /// Cancelled when workers are to finish.
    pub fn stop_working(&self) -> CancellationToken {
        self.working.clone()
    }

    /// Begins the end.
    pub fn stop(&self) {
        self.accepting.cancel();
    }

    pub(crate) const fn connections(&self) -> &TaskTracker {
        &self.connections
    }

    pub(crate) const fn workers(&self) -> &TaskTracker {
        &self.workers
    }

    /// Stops on Ctrl-C and SIGTERM. A second signal ends the process at once.
    pub async fn stop_on_signals(self) -> std::io::Result<()> {
        signal().await?;
        tracing::info!("stopping; again to stop at once");
        self.stop();
        signal().await?;
        tracing::warn!("stopped at once");
        std::process::exit(130)
    }

    /// Waits for the end to begin, then until all is finished, as long as that takes no longer than it may.
    pub async fn finished(&self) {
        self.accepting.cancelled().await;
        self.connections.close();
        if tokio::time::timeout(ANSWER_WITHIN, self.connections.wait()).await.is_err() {
            tracing::warn!("some requests were not answered in time and are dropped");
        }
        self.working.cancel();
        self.workers.close();
        if tokio::time::timeout(FINISH_WITHIN, self.workers.wait()).await.is_err() {
            tracing::warn!("some workers did not finish in time; they go on at the next start");
        }
    }
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
