//! OpenSearch, a server that processes share.
//!
//! - `client`, `failure`: JSON over HTTP, and what goes wrong with it;
//! - `names`, `mapping`, `document`: the indices, what they keep, and how it is made;
//! - `generation`: which index is in use, and those that are not;
//! - `place`: up to where the event log is known;
//! - `write`: putting documents in and taking them out;
//! - `engine`: the port;
//! - `rebuild`: an index in the making;
//! - `audit`: checksums of what is there;
//! - `places`, `reading`, `near_words`: an intent as a query; `filters`, `order`: what narrows it, and what comes first;
//! - `query`, `suggest`, `persons`, `similar`: what is asked of it.

mod audit;
mod client;
mod document;
mod engine;
mod failure;
mod filters;
mod generation;
mod mapping;
mod names;
mod near_words;
mod order;
mod persons;
mod place;
mod places;
mod query;
mod reading;
mod rebuild;
mod similar;
mod suggest;
mod write;

pub(crate) use self::engine::OpenSearch;
