//! Laying one layer over another, and saying what is wrong with it.

use std::{collections::BTreeMap, fmt};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::patterns::Patterns;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file of defaults.
    Default,
    /// A configuration file.
    File(String),
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name) | Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is not TOML.
    #[error("{file} is not valid TOML: {problem}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser says.
        problem: String,
    },
    /// There is no such setting.
    #[error("{origin}: there is no setting `{name}`{}", suggestion(.nearest.as_deref()))]
    Unknown {
        /// Where it was named.
        origin: Origin,
        /// The name.
        name: String,
        /// The nearest name that exists.
        nearest: Option<String>,
    },
    /// The value is of the wrong type, or out of bounds.
    #[error("{origin}: the setting `{name}` {problem}")]
    Value {
        /// Where it was set.
        origin: Origin,
        /// The setting.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}

/// Settings under construction.
#[derive(Clone, Debug)]
pub struct Layers {
    values: Table,
    origins: BTreeMap<String, Origin>,
    patterns: Patterns,
}

impl Layers {
    /// Begins with the file of defaults, which names every setting there is.
    pub fn new(defaults: &str) -> Result<Self, ConfigError> {
        let mut values: Table = parse("the file of defaults", defaults)?;
        let patterns = Patterns::taken_from(&mut values);
        let origins = names(&values, "").into_iter().map(|name| (name, Origin::Default)).collect();
        Ok(Self { values, origins, patterns })
    }

    /// Lays a configuration file over what is there.
    pub fn file(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let table = parse(name, text)?;
        self.lay(table, "", &Origin::File(name.to_owned()))
    }

    /// Lays environment variables over what is there: `KINO_LIMITS__ENABLED` is `limits.enabled`. Names without the
    /// prefix, and those in `reserved` (one that ends with `_` stands for all that begin so), are none of ours.
    pub fn environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
        reserved: &[&str],
    ) -> Result<(), ConfigError> {
        let mut variables: Vec<_> = variables
            .into_iter()
            .filter(|(name, _)| {
                name.starts_with("KINO_")
                    && !reserved
                        .iter()
                        .any(|own| name == own || (own.ends_with('_') && name.starts_with(own)))
            })
            .collect();
        variables.sort();
        for (variable, text) in variables {
            let name = variable["KINO_".len()..].to_ascii_lowercase().replace("__", ".");
            let name = self.patterns.with_hyphens(name);
            self.set(&name, &text, &Origin::Environment(variable))?;
        }
        Ok(())
    }

    /// Sets one value from its text, as its default's type says.
    pub fn set(&mut self, name: &str, text: &str, origin: &Origin) -> Result<(), ConfigError> {
        let Some(slot) = self.slot(name, origin)? else { return Err(self.unknown(name, origin)) };
        *slot = read(text, slot).map_err(|problem| ConfigError::Value {
            origin: origin.clone(),
            name: name.to_owned(),
            problem,
        })?;
        self.origins.insert(name.to_owned(), origin.clone());
        Ok(())
    }

    /// The settings, as their type.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let deserializer = Value::Table(self.values.clone());
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let name = error.path().to_string();
            let problem = format!("is wrong: {}", error.inner().to_string().trim());
            self.complain(&name, problem)
        })
    }

    /// An error about the value of a setting, naming where it was set.
    pub fn complain(&self, name: &str, problem: impl Into<String>) -> ConfigError {
        // An entry of a list was set with the list.
        let setting = name.split('[').next().unwrap_or(name);
        let origin = self.origins.get(setting).cloned().unwrap_or(Origin::Default);
        ConfigError::Value { origin, name: name.to_owned(), problem: problem.into() }
    }

    /// Every setting: name, value as TOML, origin.
    pub fn in_force(&self) -> Vec<(String, String, Origin)> {
        let mut values = self.values.clone();
        self.origins
            .iter()
            .filter_map(|(name, origin)| {
                find(&mut values, name).map(|value| (name.clone(), value.to_string(), origin.clone()))
            })
            .collect()
    }

    fn lay(&mut self, table: Table, prefix: &str, origin: &Origin) -> Result<(), ConfigError> {
        for (key, value) in table {
            let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            let Some(slot) = self.slot(&name, origin)? else { return Err(self.unknown(&name, origin)) };
            match (slot, value) {
                (Value::Table(_), Value::Table(inner)) => self.lay(inner, &name, origin)?,
                // `demo = false` is how TOML says it; where words are possible too, it is one of the words.
                (slot @ Value::String(_), Value::Boolean(value)) => {
                    *slot = Value::String(value.to_string());
                    self.origins.insert(name, origin.clone());
                }
                (slot, value) if slot.same_type(&value) => {
                    *slot = value;
                    self.origins.insert(name, origin.clone());
                }
                (slot, value) => {
                    let problem = format!("is {}, it must be {}", article(&value), article(slot));
                    return Err(ConfigError::Value { origin: origin.clone(), name, problem });
                }
            }
        }
        Ok(())
    }

    /// Where a setting stands. A group whose name is free to choose is made when it is first named.
    fn slot(&mut self, name: &str, origin: &Origin) -> Result<Option<&mut Value>, ConfigError> {
        if let Some(group) = self.patterns.group_of(name)
            && find(&mut self.values, group).is_none()
        {
            let pattern = self.patterns.instance(group).map_err(|problem| ConfigError::Value {
                origin: origin.clone(),
                name: group.to_owned(),
                problem,
            })?;
            self.origins.extend(names(&pattern, group).into_iter().map(|name| (name, Origin::Default)));
            if let Some((parent, own)) = group.rsplit_once('.')
                && let Some(Value::Table(parent)) = find(&mut self.values, parent)
            {
                parent.insert(own.to_owned(), Value::Table(pattern));
            }
        }
        Ok(find(&mut self.values, name))
    }

    fn unknown(&self, name: &str, origin: &Origin) -> ConfigError {
        let nearest = self
            .origins
            .keys()
            .map(|known| (strsim::jaro_winkler(known, name), known))
            .filter(|(likeness, _)| *likeness > 0.75)
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, known)| match origin {
                Origin::Environment(_) => {
                    format!("KINO_{}", known.replace('.', "__").replace('-', "_").to_ascii_uppercase())
                }
                _ => known.clone(),
            });
        ConfigError::Unknown { origin: origin.clone(), name: name.to_owned(), nearest }
    }
}

fn parse(file: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|problem: toml::de::Error| ConfigError::Syntax {
        file: file.to_owned(),
        problem: problem.to_string(),
    })
}

/// The dotted names of all values.
fn names(table: &Table, prefix: &str) -> Vec<String> {
    table
        .iter()
        .flat_map(|(key, value)| {
            let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                Value::Table(inner) => names(inner, &name),
                _ => vec![name],
            }
        })
        .collect()
}

fn find<'a>(table: &'a mut Table, name: &str) -> Option<&'a mut Value> {
    match name.split_once('.') {
        None => table.get_mut(name),
        Some((first, rest)) => match table.get_mut(first)? {
            Value::Table(inner) => find(inner, rest),
            _ => None,
        },
    }
}

/// Reads a text as a value of the same type as `like`.
fn read(text: &str, like: &Value) -> Result<Value, String> {
    let text = text.trim();
    let must =
        |problem: &dyn fmt::Display| format!("is \"{text}\", it must be {} ({problem})", article(like));
    match like {
        Value::String(_) => Ok(Value::String(text.to_owned())),
        Value::Integer(_) => text.parse().map(Value::Integer).map_err(|error| must(&error)),
        Value::Float(_) => text.parse().map(Value::Float).map_err(|error| must(&error)),
        Value::Boolean(_) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(Value::Boolean(true)),
            "false" | "0" | "no" | "off" => Ok(Value::Boolean(false)),
            _ => Err(must(&"true or false")),
        },
        Value::Array(_) => Ok(Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Value::String(item.to_owned()))
                .collect(),
        )),
        Value::Table(_) | Value::Datetime(_) => Err("names a group of settings; name one of them".to_owned()),
    }
}

fn article(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Table(_) => "a group of settings",
        Value::Datetime(_) => "a date",
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    const DEFAULTS: &str = "listen = \"127.0.0.1:8000\"\nservices = [\"auth\"]\n[limits]\nenabled = true\nrate = 5\n\
         [social.\"*\"]\nclient_id = \"\"\nscopes = [\"email\"]\n";

    #[derive(Debug, Deserialize)]
    struct Settings {
        listen: String,
        services: Vec<String>,
        limits: Limits,
        social: BTreeMap<String, Provider>,
    }

    #[derive(Debug, Deserialize)]
    struct Provider {
        client_id: String,
        scopes: Vec<String>,
    }

    #[derive(Debug, Deserialize)]
    struct Limits {
        enabled: bool,
        rate: u32,
    }

    fn environment(pairs: &[(&str, &str)]) -> Result<Layers, ConfigError> {
        let mut layers = Layers::new(DEFAULTS)?;
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        layers.environment(pairs, &["KINO_CONFIG"])?;
        Ok(layers)
    }

    #[test]
    fn later_layers_win() {
        let mut layers = Layers::new(DEFAULTS).unwrap();
        layers.file("kino.toml", "listen = \"0.0.0.0:80\"\n[limits]\nrate = 7\n").unwrap();
        let variables = [
            ("KINO_LIMITS__RATE", "9"),
            ("KINO_SERVICES", "auth, catalogue"),
            ("HOME", "/"),
            ("KINO_CONFIG", "x"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        layers.environment(variables, &["KINO_CONFIG"]).unwrap();
        layers.set("listen", "127.0.0.1:9", &Origin::Flag("--listen".into())).unwrap();
        let settings: Settings = layers.settings().unwrap();
        assert_eq!(settings.listen, "127.0.0.1:9");
        assert_eq!(settings.services, ["auth", "catalogue"]);
        assert_eq!((settings.limits.enabled, settings.limits.rate), (true, 9));
        let shown = layers.in_force();
        assert!(shown.contains(&("limits.enabled".into(), "true".into(), Origin::Default)));
        assert!(shown.contains(&(
            "limits.rate".into(),
            "9".into(),
            Origin::Environment("KINO_LIMITS__RATE".into())
        )));
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest() {
        let error = environment(&[("KINO_LIMITS__ENABLE", "1")]).unwrap_err().to_string();
        assert!(error.contains("`KINO_LIMITS__ENABLED`"), "{error}");
        let mut layers = Layers::new(DEFAULTS).unwrap();
        let error = layers.file("kino.toml", "lisen = \"x\"").unwrap_err().to_string();
        assert_eq!(error, "kino.toml: there is no setting `lisen`; did you mean `listen`?");
        let error = layers.file("kino.toml", "[limits]\nburst = 1").unwrap_err().to_string();
        assert!(error.contains("limits.burst"), "{error}");
    }

    #[test]
    fn a_wrong_value_names_setting_and_origin() {
        let error = environment(&[("KINO_LIMITS__RATE", "many")]).unwrap_err().to_string();
        assert!(error.starts_with("KINO_LIMITS__RATE: the setting `limits.rate` is \"many\""), "{error}");
        let error = environment(&[("KINO_LIMITS__RATE", "-1")]).unwrap().settings::<Settings>().unwrap_err();
        assert!(error.to_string().starts_with("KINO_LIMITS__RATE: the setting `limits.rate`"), "{error}");
        let mut layers = Layers::new(DEFAULTS).unwrap();
        let error = layers.file("kino.toml", "listen = 8000").unwrap_err().to_string();
        assert_eq!(error, "kino.toml: the setting `listen` is a whole number, it must be a text");
        let error = layers.file("kino.toml", "listen = ").unwrap_err().to_string();
        assert!(error.starts_with("kino.toml is not valid TOML"), "{error}");
    }

    #[test]
    fn a_group_with_a_free_name_is_made_when_it_is_named() {
        let mut layers = Layers::new(DEFAULTS).unwrap();
        assert!(layers.settings::<Settings>().unwrap().social.is_empty());
        assert!(!layers.in_force().iter().any(|(name, ..)| name.starts_with("social")));
        layers.file("kino.toml", "[social.google]\nclient_id = \"g\"\n[social.my-idp]\n").unwrap();
        let variables = [("KINO_SOCIAL__MY_IDP__CLIENT_ID".to_owned(), "m".to_owned())];
        layers.environment(variables, &[]).unwrap();
        layers.set("social.google.scopes", "openid,email", &Origin::Flag("--set".into())).unwrap();
        let social = layers.settings::<Settings>().unwrap().social;
        let shown: Vec<_> = social.iter().map(|(name, provider)| (name.as_str(), provider)).collect();
        let [("google", google), ("my-idp", mine)] = shown[..] else { panic!("{shown:?}") };
        assert_eq!(
            (google.client_id.as_str(), &google.scopes[..]),
            ("g", &["openid".into(), "email".into()][..])
        );
        assert_eq!((mine.client_id.as_str(), &mine.scopes[..]), ("m", &["email".into()][..]));
        assert!(layers.in_force().contains(&(
            "social.my-idp.scopes".into(),
            "[\"email\"]".into(),
            Origin::Default
        )));
    }

    #[test]
    fn within_a_group_with_a_free_name_settings_are_known() {
        let error = environment(&[("KINO_SOCIAL__MY_IDP__CLIENT_IDD", "1")]).unwrap_err().to_string();
        assert!(error.contains("did you mean `KINO_SOCIAL__MY_IDP__CLIENT_ID`?"), "{error}");
        let error = environment(&[("KINO_SOCIAL__GOOGLE", "1")]).unwrap_err().to_string();
        assert!(error.contains("names a group of settings"), "{error}");
        let refused =
            |text: &str| Layers::new(DEFAULTS).unwrap().file("kino.toml", text).unwrap_err().to_string();
        assert!(refused("[social.google]\nscope = []").contains("did you mean `social.google.scopes`?"));
        assert!(
            refused("[social]\ngoogle = 1").contains("is a whole number, it must be a group of settings")
        );
        for name in ["My_Idp", "\"*\"", "\"\"", "-x", "\"кино\""] {
            let error = refused(&format!("[social.{name}]\nclient_id = \"x\""));
            assert!(error.contains("lower-case letters"), "{name}: {error}");
        }
    }
}
