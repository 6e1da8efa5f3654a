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
    /// It holds too little yet to answer.
    #[error("the search index is being built")]
    Building,
    /// A cursor that this engine did not make, or for another order.
    #[error("the cursor is not one of this search")]
    Cursor,
    /// An operation failed.
    #[error("the search index: {0}")]
    Tantivy(#[from] TantivyError),
}
