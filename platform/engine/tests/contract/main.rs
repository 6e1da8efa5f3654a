//! The contract suites of the engine ports: one suite a port, run on every implementation.

mod cache;
mod database;
mod log;
mod outbox;
