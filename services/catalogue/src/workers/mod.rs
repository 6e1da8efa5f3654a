//! Work in the background.

pub(crate) mod auditor;
pub(crate) mod eraser;
pub(crate) mod forgetter;
pub(crate) mod indexer;
