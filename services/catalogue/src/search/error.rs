//! What can be wrong with an index.

use std::path::PathBuf;

use tantivy::TantivyError;

/// Why the index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The folder cannot be used at all.
    #[error(
        "search = \"tantivy:\": the folder {folder} cannot be used: {problem}\n  it must be a folder that this user may \
         write to; what is in it can be deleted, it is made anew from the database"
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The server cannot be used at all.
    #[error(
        "search = \"{url}\": {problem}\n  check that OpenSearch runs there, its user and password, and whom its \
         certificate names (KINO_SEARCH)"
    )]
    Server {
        /// The URL, without its password.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// It holds too little yet to answer.
    #[error("the search index is being built")]
    Building,
    /// A cursor that this engine did not make, or for another order.
    #[error("the cursor is not one of this search")]
    Cursor,
    /// The index that this process wrote to is not the one in use: another process put a new one in its place, or there is
    /// none. What was written is to be written again, from the place on that the one in use knows.
    #[error("the search index was replaced by another process, or deleted")]
    Replaced,
    /// The server does not answer, or not as it should.
    #[error("OpenSearch at {server}: {problem}")]
    OpenSearch {
        /// Scheme, host and port.
        server: String,
        /// What is wrong.
        problem: String,
    },
    /// An operation failed.
    #[error("the search index: {0}")]
    Tantivy(#[from] TantivyError),
}
