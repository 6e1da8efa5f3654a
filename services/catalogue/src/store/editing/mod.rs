//! What administrators write. Each function works in its caller's transaction.

pub(crate) mod films;
pub(crate) mod genres;
pub(crate) mod persons;
pub(crate) mod revisions;
