//! A database of a test's own, on either engine.

use tempfile::TempDir;

use crate::{postgres, report};

/// An empty database that goes away with the test.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    engine: &'static str,
    // Removed when the test ends.
    _folder: Option<TempDir>,
}

impl TestDatabase {
    /// A folder for SQLite files.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub fn sqlite() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        report::used("SQLite (embedded)");
        Self { url: format!("sqlite:{}", folder.path().display()), engine: "sqlite", _folder: Some(folder) }
    }

    /// A fresh database on a real PostgreSQL server; none where there is no PostgreSQL.
    pub async fn postgres() -> Option<Self> {
        let url = postgres::fresh_database().await?;
        Some(Self { url, engine: "postgres", _folder: None })
    }

    /// The URL for the setting `database`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this is PostgreSQL: for the few tests of what only one engine has.
    pub fn is_postgres(&self) -> bool {
        self.engine == "postgres"
    }
}
