//! The contract suites of the engine ports: one suite a port, run on every implementation.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cache;
mod database;
mod log;
mod mail;
mod outbox;
