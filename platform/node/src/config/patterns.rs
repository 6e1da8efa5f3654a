//! Groups of settings whose name is free to choose. In the file of defaults one such group stands for all, under the
//! name `*`: `[social."*"]` says what can be set in `[social.google]`.

use std::collections::BTreeMap;

use toml::{Table, Value};

const ANY: &str = "*";
const NAME_LONGEST: usize = 32;

/// What can be set in such groups, by the name of what they stand in.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns(BTreeMap<String, Table>);

impl Patterns {
    /// Takes the patterns out of the defaults: they are no settings themselves. They stand on the second level.
    pub(super) fn taken_from(defaults: &mut Table) -> Self {
        let mut patterns = BTreeMap::new();
        for (name, value) in defaults {
            if let Value::Table(inner) = value
                && let Some(Value::Table(pattern)) = inner.remove(ANY)
            {
                patterns.insert(name.clone(), pattern);
            }
        }
        Self(patterns)
    }

    /// The group with a free name that a setting is, or stands in: `social.google` of `social.google.client_id`.
    pub(super) fn group_of<'a>(&self, setting: &'a str) -> Option<&'a str> {
        let (parent, rest) = setting.split_once('.')?;
        self.0.contains_key(parent).then(|| {
            let own = rest.split_once('.').map_or(rest, |(own, _)| own);
            &setting[..=parent.len() + own.len()]
        })
    }

    /// The settings of a new group, or what is wrong with its name.
    pub(super) fn instance(&self, group: &str) -> Result<Table, String> {
        let (parent, own) = group.split_once('.').unwrap_or((group, ""));
        if !is_name(own) {
            return Err(format!(
                "cannot be named so: a name has up to {NAME_LONGEST} lower-case letters, digits and hyphens, and begins \
                 with a letter"
            ));
        }
        Ok(self.0.get(parent).cloned().unwrap_or_default())
    }

    /// Environment names have no hyphens: in a free name an underscore stands for one.
    pub(super) fn with_hyphens(&self, setting: String) -> String {
        match self.group_of(&setting) {
            Some(group) => {
                let (parent, own) = group.split_once('.').unwrap_or((group, ""));
                format!("{parent}.{}{}", own.replace('_', "-"), &setting[group.len()..])
            }
            None => setting,
        }
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_LONGEST
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
