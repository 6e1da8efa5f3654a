//! Failed sign-ins on their way into the history. They are written a little later and many at a time: an answer to a
//! known account must not take longer than one to an unknown account, which has no history.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::store::SignIn;

/// More than this waiting are not kept: someone makes them faster than they can be written.
const MOST: usize = 10_000;

/// The failures that wait.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    waiting: Mutex<Vec<SignIn>>,
    noted: Notify,
}

impl Failures {
    /// Notes a failure.
    pub(crate) fn note(&self, sign_in: SignIn) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST {
            waiting.push(sign_in);
            self.noted.notify_one();
        }
    }

    /// Waits until there are some.
    pub(crate) async fn some(&self) {
        self.noted.notified().await;
    }

    /// Takes all that wait.
    pub(crate) fn take(&self) -> Vec<SignIn> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
