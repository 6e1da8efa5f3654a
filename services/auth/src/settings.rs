//! What can be set of the auth service: the section `[auth]` of the configuration.

use std::path::PathBuf;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::keys::{KeyPolicy, SigningAlgorithm};

/// The settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AuthSettings {
    /// How long an access token lives, in minutes.
    pub access_token_minutes: u32,
    /// How long a refresh token lives, and so a session that is not used, in days.
    pub refresh_token_days: u32,
    /// What keys made from now on sign with.
    pub signing_algorithm: SigningAlgorithm,
    /// How old the newest key may be before a new one is made, in days; 0 is any age.
    pub rotate_keys_days: u32,
    /// Where the keys are; empty is in the data folder.
    pub keys_dir: PathBuf,
    /// Threads that hash passwords, each with 19 MiB of memory; 0 is one a core.
    pub hashing_threads: usize,
    /// Sign-ins that may wait for a hashing thread, 0 is 64 a thread; more are answered 429.
    pub hashing_queue: usize,
    /// How long the history of sign-ins is kept, in months.
    pub history_months: u32,
}

impl AuthSettings {
    /// What is wrong with the settings: the name of the first that is, and why.
    pub fn validate(&self) -> Result<(), (&'static str, &'static str)> {
        if !(1..=24 * 60).contains(&self.access_token_minutes) {
            return Err(("access_token_minutes", "must be from 1 to 1440"));
        }
        if !(1..=400).contains(&self.refresh_token_days) {
            return Err(("refresh_token_days", "must be from 1 to 400"));
        }
        if self.rotate_keys_days > 3650 {
            return Err(("rotate_keys_days", "must be from 0 (never) to 3650"));
        }
        if self.hashing_threads > 256 {
            return Err(("hashing_threads", "must be at most 256"));
        }
        if self.hashing_queue > 10_000 {
            return Err(("hashing_queue", "must be at most 10000"));
        }
        if !(1..=120).contains(&self.history_months) {
            return Err(("history_months", "must be from 1 to 120"));
        }
        Ok(())
    }

    /// How long a refresh token lives: the longest-lived of all that is signed.
    pub fn refresh_lifetime(&self) -> TimeDelta {
        TimeDelta::days(self.refresh_token_days.into())
    }

    pub(crate) fn key_policy(&self) -> KeyPolicy {
        KeyPolicy {
            algorithm: self.signing_algorithm,
            rotate_after: (self.rotate_keys_days > 0).then(|| TimeDelta::days(self.rotate_keys_days.into())),
            lifetime: self.refresh_lifetime(),
        }
    }
}
