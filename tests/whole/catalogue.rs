//! The Movies API over real HTTP, on SQLite and on PostgreSQL.

mod access;
mod admin;
mod finding;
mod import;
mod opensearch;
mod reading;
mod real_data;
mod search;
mod upkeep;
