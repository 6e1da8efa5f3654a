//! What can be set of the auth service: the section `[auth]` of the configuration.

use serde::{Deserialize, Serialize};

/// The settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AuthSettings {
    /// How long an access token lives, in minutes.
    pub access_token_minutes: u32,
    /// How long a refresh token lives, and so a session that is not used, in days.
    pub refresh_token_days: u32,
    /// Threads that hash passwords, each with 19 MiB of memory; 0 is one a core.
    pub hashing_threads: usize,
    /// Sign-ins that may wait for a hashing thread; more are answered 429.
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
        if self.hashing_threads > 256 {
            return Err(("hashing_threads", "must be at most 256"));
        }
        if !(1..=10_000).contains(&self.hashing_queue) {
            return Err(("hashing_queue", "must be from 1 to 10000"));
        }
        if !(1..=120).contains(&self.history_months) {
            return Err(("history_months", "must be from 1 to 120"));
        }
        Ok(())
    }
}
