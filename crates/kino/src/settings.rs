//! The settings of a process.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use kino_auth::{AuthSettings, SocialSettings};
use kino_catalogue::SearchUrl;
use kino_engine::{
    mail::{Sender, WrongSender},
    without_password,
};
use kino_node::{
    config::{ConfigError, Layers, Origin},
    telemetry::LogFormat,
};
use serde::Deserialize;

use crate::public_url;

/// The commented file of defaults.
pub const DEFAULTS: &str = include_str!("../kino.default.toml");

/// Services that there are.
const SERVICES: [&str; 3] = ["auth", "catalogue", "cinema"];
/// Environment names that are no settings.
const RESERVED: [&str; 3] = ["KINO_CONFIG", "KINO_TEST_", "KINO_BENCH_"];

/// The settings of a process.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Which services it runs.
    pub services: Vec<String>,
    /// Where it listens.
    pub listen: String,
    /// Proxies that are believed about whom they speak for.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where viewers reach the site; empty where that is the address of `listen`.
    pub public_url: String,
    /// Where embedded engines live.
    pub data_dir: PathBuf,
    /// The databases.
    pub database: String,
    /// The cache.
    pub cache: String,
    /// The event log.
    pub events: String,
    /// The search engine.
    pub search: String,
    /// Mail.
    pub mail: String,
    /// Whom letters are from.
    pub mail_from: String,
    /// Whether the demo films are loaded.
    pub demo: Demo,
    /// The auth service.
    pub auth: AuthSettings,
    /// Where else viewers may sign in, by the name that was chosen.
    pub social: BTreeMap<String, SocialSettings>,
    /// What all processes agree on about tokens.
    pub tokens: TokenSettings,
    /// Limits.
    pub limits: LimitSettings,
    /// The site.
    pub site: SiteSettings,
    /// Logs.
    pub log: LogSettings,
}

/// Whether the demo films are loaded into an empty catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Demo {
    /// With embedded engines.
    Auto,
    /// Always.
    True,
    /// Never.
    False,
}

/// What all processes agree on about tokens.
#[derive(Clone, Debug, Deserialize)]
pub struct TokenSettings {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
}

/// Limits.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct LimitSettings {
    /// Whether those who guess passwords are slowed down.
    pub enabled: bool,
}

/// The site.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct SiteSettings {
    /// Whether its cookies travel over HTTPS only.
    pub secure_cookies: bool,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
pub struct LogSettings {
    /// What is logged.
    pub filter: String,
    /// How.
    pub format: LogFormat,
}

/// Where settings come from, beside the defaults.
#[derive(Clone, Debug, Default)]
pub struct SettingsSource {
    /// A configuration file; with none, `kino.toml` where it is there.
    pub file: Option<PathBuf>,
    /// Environment variables.
    pub environment: Vec<(String, String)>,
    /// Flags of the command line: as typed, the setting, its value.
    pub flags: Vec<(String, String, String)>,
}

impl SettingsSource {
    /// The process's own environment.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(String, String, String)>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { file, environment, flags }
    }

    /// Lays all layers over each other.
    pub fn layers(&self) -> Result<Layers, ConfigError> {
        let mut layers = Layers::new(DEFAULTS)?;
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|error| ConfigError::Syntax {
                file: path.display().to_string(),
                problem: format!("it cannot be read: {error}"),
            })
        };
        let beside = Path::new("kino.toml");
        match &self.file {
            Some(file) => layers.file(&file.display().to_string(), &read(file)?)?,
            None if beside.exists() => layers.file("kino.toml", &read(beside)?)?,
            None => {}
        }
        layers.environment(self.environment.clone(), &RESERVED)?;
        for (flag, name, value) in &self.flags {
            layers.set(name, value, &Origin::Flag(flag.clone()))?;
        }
        Ok(layers)
    }

    /// The settings in force.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let layers = self.layers()?;
        let settings: Settings = layers.settings()?;
        settings.validate().map_err(|(name, problem)| layers.complain(&name, problem))?;
        Ok(settings)
    }
}

impl Settings {
    /// Whether this process runs a service.
    pub fn runs(&self, service: &str) -> bool {
        self.services.iter().any(|name| name == service)
    }

    /// The URL of the databases, with the data folder filled in.
    pub fn database_url(&self) -> String {
        if self.database == "sqlite:" {
            return format!("sqlite:{}", self.data_dir.display());
        }
        self.database.clone()
    }

    /// The folder of the SQLite files, where the databases are SQLite.
    pub fn sqlite_folder(&self) -> Option<PathBuf> {
        self.database_url().strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// Whether the databases are embedded.
    pub fn is_embedded(&self) -> bool {
        self.database.starts_with("sqlite:")
    }

    /// Where the search index is, with the data folder filled in. What is wrong is told without the URL, which may have a
    /// password.
    pub fn search_url(&self) -> Result<SearchUrl, String> {
        if self.search == "tantivy:" {
            return Ok(SearchUrl::Tantivy(self.data_dir.join("search")));
        }
        self.search.parse()
    }

    /// Whether the demo films are to be loaded.
    pub fn wants_demo(&self) -> bool {
        match self.demo {
            // Others may have put films of their own into engines that are shared.
            Demo::Auto => self.is_embedded() && self.search.starts_with("tantivy:"),
            Demo::True => true,
            Demo::False => false,
        }
    }

    /// Where the keys are that sign tokens.
    pub fn keys_folder(&self) -> PathBuf {
        if self.auth.keys_dir.as_os_str().is_empty() {
            return self.data_dir.join("keys");
        }
        self.auth.keys_dir.clone()
    }

    /// The URL of the mail, with the data folder filled in.
    pub fn mail_url(&self) -> String {
        if self.mail == "file:" {
            return format!("file:{}", self.data_dir.join("mail").display());
        }
        self.mail.clone()
    }

    /// Whom letters are from.
    pub fn mail_sender(&self) -> Result<Sender, WrongSender> {
        self.mail_from.parse()
    }

    /// Where viewers reach the site of a platform that listens on `address`: scheme, host and port, e.g.
    /// `https://cinema.example`, without a slash at the end.
    pub fn public_url(&self, address: SocketAddr) -> String {
        public_url::origin(&self.public_url).unwrap_or_else(|| public_url::of_address(address))
    }

    fn validate(&self) -> Result<(), (String, String)> {
        let wrong = |name: &str, problem: String| Err((name.to_owned(), problem));
        for service in &self.services {
            if !SERVICES.contains(&service.as_str()) {
                return wrong("services", format!("names `{service}`; there are {}", SERVICES.join(", ")));
            }
        }
        if self.services.is_empty() {
            return wrong("services", format!("is empty; there are {}", SERVICES.join(", ")));
        }
        for (service, needed) in [("catalogue", "auth"), ("cinema", "auth"), ("cinema", "catalogue")] {
            if self.runs(service) && !self.runs(needed) {
                let problem = format!(
                    "has `{service}` without `{needed}`, which it asks for its answers; in this version they run in \
                     one process: add `{needed}`"
                );
                return wrong("services", problem);
            }
        }
        if let Err(problem) = self.search_url() {
            return wrong("search", format!("is \"{}\"; {problem}", without_password(&self.search)));
        }
        for (name, value) in
            [("tokens.issuer", &self.tokens.issuer), ("tokens.audience", &self.tokens.audience)]
        {
            if value.trim().is_empty() {
                return wrong(name, "is empty".to_owned());
            }
        }
        for (name, provider) in &self.social {
            provider
                .validate(name)
                .map_err(|(field, problem)| (format!("social.{name}.{field}"), problem.to_owned()))?;
        }
        if !self.public_url.is_empty() && public_url::origin(&self.public_url).is_none() {
            let shown = without_password(&self.public_url);
            return wrong(
                "public_url",
                format!("is \"{shown}\"; it must be like \"https://cinema.example\""),
            );
        }
        if let Err(error) = self.mail_sender() {
            return wrong("mail_from", format!("is \"{}\"; it {error}", self.mail_from));
        }
        self.auth.validate().map_err(|(name, problem)| (format!("auth.{name}"), problem.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(environment: &[(&str, &str)]) -> Result<Settings, String> {
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        SettingsSource { environment, ..SettingsSource::default() }
            .settings()
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_settings() {
        let settings = with(&[]).unwrap();
        assert_eq!(settings.database_url(), "sqlite:./kino-data");
        assert_eq!(settings.mail_url(), "file:./kino-data/mail");
        assert_eq!(settings.public_url(([127, 0, 0, 1], 8000).into()), "http://localhost:8000");
        assert_eq!(settings.search_url().unwrap().to_string(), "tantivy:./kino-data/search");
        assert!(settings.wants_demo() && settings.runs("cinema"));
        let shared = with(&[("KINO_SEARCH", "opensearch+http://search:9200")]).unwrap();
        assert!(!shared.wants_demo(), "with embedded engines only");
    }

    #[test]
    fn the_environment_reaches_everything() {
        let settings = with(&[
            ("KINO_DATA_DIR", "/tmp/x"),
            ("KINO_DEMO", "false"),
            ("KINO_SERVICES", "auth"),
            ("KINO_LIMITS__ENABLED", "off"),
            ("KINO_AUTH__SIGNING_ALGORITHM", "EdDSA"),
            ("KINO_TEST_REPORT", "not a setting"),
        ])
        .unwrap();
        assert_eq!(settings.database_url(), "sqlite:/tmp/x");
        assert!(!settings.wants_demo() && !settings.limits.enabled && !settings.runs("catalogue"));
    }

    #[test]
    fn social_providers_are_named_freely() {
        let settings = with(&[
            ("KINO_SOCIAL__VK__CLIENT_ID", "1"),
            ("KINO_SOCIAL__VK__CLIENT_SECRET", "hush"),
            ("KINO_SOCIAL__MY_IDP__CLIENT_ID", "2"),
            ("KINO_SOCIAL__MY_IDP__ISSUER", "https://id.example.org/realms/kino"),
            ("KINO_SOCIAL__MY_IDP__SCOPES", "openid,email"),
        ])
        .unwrap();
        assert_eq!(settings.social.keys().collect::<Vec<_>>(), ["my-idp", "vk"]);
        assert_eq!(settings.social["my-idp"].scopes, ["openid", "email"]);
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn keys_lie_in_the_data_folder_or_where_they_are_put() {
        let folder = |pairs: &[(&str, &str)]| with(pairs).unwrap().keys_folder();
        assert_eq!(folder(&[("KINO_DATA_DIR", "/tmp/x")]), Path::new("/tmp/x/keys"));
        let elsewhere = [("KINO_DATA_DIR", "/tmp/x"), ("KINO_AUTH__KEYS_DIR", "/mnt/keys")];
        assert_eq!(folder(&elsewhere), Path::new("/mnt/keys"));
    }

    #[test]
    fn what_cannot_work_is_refused_with_a_reason() {
        for (name, value, reason) in [
            ("KINO_SERVICES", "auth,catalog", "names `catalog`"),
            ("KINO_SERVICES", "catalogue", "add `auth`"),
            ("KINO_SEARCH", "elastic:", "use \"tantivy:\" or"),
            ("KINO_SEARCH", "opensearch+http://kino:hush@x/Cinema", "the path is the beginning"),
            ("KINO_AUTH__ACCESS_TOKEN_MINUTES", "0", "must be from 1 to 1440"),
            ("KINO_AUTH__ROTATE_KEYS_DAYS", "4000", "must be from 0 (never) to 3650"),
            ("KINO_AUTH__SIGNING_ALGORITHM", "HS256", "expected `RS256` or `EdDSA`"),
            ("KINO_DEMO", "maybe", "is wrong"),
            ("KINO_LISTN", "x", "did you mean `KINO_LISTEN`"),
            ("KINO_LOG__FORMAT", "xml", "is wrong"),
            ("KINO_TRUSTED_PROXIES", "10.0.0.1,proxy", "is wrong"),
            ("KINO_PUBLIC_URL", "cinema.example", "must be like \"https://cinema.example\""),
            ("KINO_MAIL_FROM", "Kinoservice", "must be an address"),
        ] {
            let error = with(&[(name, value)]).unwrap_err();
            assert!(error.contains(reason) && error.contains(name) && !error.contains("hush"), "{error}");
        }
        for (issuer, id, reason) in [
            ("", "x", "`social.idp.issuer` is empty"),
            ("http://id.example.org", "x", "must begin with https://"),
            ("id.example.org", "x", "must be an address"),
            ("https://id.example.org/?a=b", "x", "must be an address"),
            ("https://id.example.org", "", "`social.idp.client_id` is empty"),
        ] {
            let error = with(&[("KINO_SOCIAL__IDP__ISSUER", issuer), ("KINO_SOCIAL__IDP__CLIENT_ID", id)])
                .unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        let error = with(&[("KINO_SOCIAL__VK__CLIENT_SECRT", "x")]).unwrap_err();
        assert!(error.contains("did you mean `KINO_SOCIAL__VK__CLIENT_SECRET`"), "{error}");
    }
}
