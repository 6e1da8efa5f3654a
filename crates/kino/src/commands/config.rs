//! `kino config`: the settings in force.

use std::{error::Error, process::ExitCode};

use kino::SettingsSource;
use kino_engine::without_password;

pub(super) fn run(source: &SettingsSource) -> Result<ExitCode, Box<dyn Error>> {
    source.settings()?;
    for (name, value, origin) in source.layers()?.in_force() {
        println!("{:<44} # {origin}", format!("{name} = {}", shown(&name, &value)));
    }
    Ok(ExitCode::SUCCESS)
}

/// The value of a setting (as TOML), without what is secret in it.
fn shown(name: &str, value: &str) -> String {
    let is_secret = name.ends_with("secret") && value != "\"\"";
    if is_secret { "\"***\"".to_owned() } else { without_password(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(shown("social.vk.client_secret", "\"hush\""), "\"***\"");
        assert_eq!(shown("social.vk.client_secret", "\"\""), "\"\"");
        assert_eq!(shown("social.vk.client_id", "\"1\""), "\"1\"");
    }
}
