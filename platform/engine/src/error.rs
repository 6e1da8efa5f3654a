//! Why an engine could not be opened, told to the person who configures it.

use std::fmt;

/// An engine that could not be opened: which setting named it, what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{setting} = \"{url}\": {problem}\n  {advice}")]
pub struct OpenError {
    /// The setting that named the engine, e.g. `database`.
    pub setting: &'static str,
    /// The URL without its password.
    pub url: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

impl OpenError {
    /// A new error; the password is taken out of `url`.
    pub fn new(
        setting: &'static str,
        url: &str,
        problem: impl fmt::Display,
        advice: impl Into<String>,
    ) -> Self {
        let problem = problem.to_string().replace(url, &without_password(url));
        Self { setting, url: without_password(url), problem, advice: advice.into() }
    }
}

/// The URL as it may be shown: with the password, where there is one, replaced by stars. Passwords with signs that a
/// URL should escape are hidden too; what follows them may be with them.
pub fn without_password(url: &str) -> String {
    let (url, query) = match url.split_once('?') {
        Some((url, query)) if !query.contains('@') => (url, Some(query)),
        _ => (url, None),
    };
    let mut shown =
        match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
            Some((scheme, (credentials, place))) => match credentials.split_once(':') {
                Some((user, _)) => format!("{scheme}://{user}:***@{place}"),
                None => url.to_owned(),
            },
            None => url.to_owned(),
        };
    if let Some(query) = query {
        let parts = query.split('&').map(|part| match part.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=***"),
            _ => part.to_owned(),
        });
        shown = format!("{shown}?{}", parts.collect::<Vec<_>>().join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://kino:secret@db/kino", "postgres://kino:***@db/kino"),
            ("postgres://kino:p@ss@db/kino?x=1", "postgres://kino:***@db/kino?x=1"),
            ("postgres://kino:pa/ss@db/kino", "postgres://kino:***@db/kino"),
            ("postgres://kino:pa?ss@db/kino", "postgres://kino:***@db/kino"),
            ("postgres://db/kino?user=kino&password=secret", "postgres://db/kino?user=kino&password=***"),
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379"),
            ("sqlite:kino-data", "sqlite:kino-data"),
        ] {
            assert_eq!(without_password(url), shown);
        }
        let error =
            OpenError::new("database", "postgres://a:b@c", "cannot reach postgres://a:b@c", "start it");
        assert!(!error.to_string().contains(":b@"), "{error}");
    }
}
