//! Work in the background.

pub(crate) mod forgetter;
pub(crate) mod indexer;
