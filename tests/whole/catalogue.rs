//! The Movies API over real HTTP, on SQLite and on PostgreSQL.

mod access;
mod admin;
mod export;
mod finding;
mod foreign;
mod import;
mod made;
mod opensearch;
mod reading;
mod real_data;
mod search;
mod upkeep;
