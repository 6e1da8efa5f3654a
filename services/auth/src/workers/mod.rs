//! Work in the background.

pub(crate) mod history;
pub(crate) mod keys;
pub(crate) mod letters;
pub(crate) mod sweeper;
