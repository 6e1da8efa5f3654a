//! Which of IMDb's files are there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::super::ImportError;

const TITLES: &str = "title.basics";

/// The files of one import.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) titles: PathBuf,
    pub(super) ratings: Option<PathBuf>,
    pub(super) crew: Option<PathBuf>,
    pub(super) principals: Option<PathBuf>,
    pub(super) names: Option<PathBuf>,
}

impl Files {
    pub(super) fn are_in(folder: &Path) -> bool {
        matches!(named(folder, TITLES), Ok(Some(_)) | Err(ImportError::Ambiguous { .. }))
    }

    /// The files of a folder; a file is `title.basics` itself, and comes alone.
    pub(super) fn find(path: &Path) -> Result<Self, ImportError> {
        if !path.is_dir() {
            let titles = path.to_owned();
            return Ok(Self { titles, ratings: None, crew: None, principals: None, names: None });
        }
        let titles = named(path, TITLES)?;
        Ok(Self {
            titles: titles.ok_or_else(|| ImportError::Missing { folder: path.to_owned(), file: TITLES })?,
            ratings: named(path, "title.ratings")?,
            crew: named(path, "title.crew")?,
            principals: named(path, "title.principals")?,
            names: named(path, "name.basics")?,
        })
    }
}

/// The file whose name begins so and ends like a table, packed or not.
fn named(folder: &Path, beginning: &'static str) -> Result<Option<PathBuf>, ImportError> {
    let failed = |error| ImportError::File(folder.to_owned(), error);
    let mut found: Option<PathBuf> = None;
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let is_table = [".tsv", ".csv"].iter().any(|end| plain.ends_with(end));
        if !name.starts_with(beginning) || !is_table {
            continue;
        }
        match found {
            Some(first) => return Err(ImportError::Ambiguous { first, second: path, beginning }),
            None => found = Some(path),
        }
    }
    Ok(found)
}
