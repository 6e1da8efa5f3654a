//! `kino index`: the search index.

mod letters;
mod rebuild;
mod status;

use std::{error::Error, process::ExitCode};

use kino::Settings;

use crate::cli::Index;

/// How moments are told.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S UTC";

pub(super) async fn run(settings: &Settings, wish: Index) -> Result<ExitCode, Box<dyn Error>> {
    match wish {
        Index::Rebuild => rebuild::rebuild(settings).await,
        Index::Status => status::status(settings).await,
        Index::Letters => letters::list(settings).await,
        // Without an id all are meant.
        Index::Replay { id, .. } => letters::replay(settings, id).await,
    }
}
