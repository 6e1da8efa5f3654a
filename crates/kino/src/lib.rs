//! The program, as a library: its settings, and a platform that can be started from them. Tests and benches start
//! platforms the way the program does.

mod data_dir;
mod engines;
mod index_rebuild;
mod platform;
mod public_url;
mod settings;

pub use engines::Engines;
pub use index_rebuild::{Rebuilt, rebuild_index};
pub use platform::{Platform, StartError};
pub use settings::{DEFAULTS, Demo, LogSettings, Settings, SettingsSource};

/// The API documents that are committed under `docs/openapi`: file name and content.
pub fn openapi_documents() -> Vec<(&'static str, String)> {
    [("auth.json", kino_auth::openapi()), ("catalogue.json", kino_catalogue::openapi())]
        .into_iter()
        .map(|(name, document)| (name, document.to_pretty_json().unwrap_or_default() + "\n"))
        .collect()
}
