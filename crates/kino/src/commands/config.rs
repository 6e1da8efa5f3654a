//! `kino config`: the settings in force.

use std::{error::Error, process::ExitCode};

use kino::SettingsSource;
use kino_engine::without_password;

pub(super) fn run(source: &SettingsSource) -> Result<ExitCode, Box<dyn Error>> {
    source.settings()?;
    for (name, value, origin) in source.layers()?.in_force() {
        println!("{:<44} # {origin}", format!("{name} = {}", without_password(&value)));
    }
    Ok(ExitCode::SUCCESS)
}
