//! A row of a table of users, read and checked.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound as _, Utc};
use kino_domain::{Language, UserId};
use kino_http::FieldError;
use serde::Deserialize;

use crate::{
    account::{self, Named},
    role::{MOST_ROLES, NEWCOMER},
    store::Gender,
    stored_hash,
};

/// What stands in a row, by the names of the columns. An empty cell is none.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Cells<'a> {
    id: Option<&'a str>,
    username: Option<&'a str>,
    email: Option<&'a str>,
    email_verified: Option<&'a str>,
    password_hash: Option<&'a str>,
    roles: Option<&'a str>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    gender: Option<&'a str>,
    timezone: Option<&'a str>,
    language: Option<&'a str>,
    created_at: Option<&'a str>,
    blocked: Option<&'a str>,
}

impl Cells<'_> {
    /// Columns that there must be.
    pub(super) const NEEDED: [&'static str; 3] = ["username", "email", "password_hash"];
    /// Columns that there may be.
    pub(super) const POSSIBLE: [&'static str; 10] = [
        "id",
        "email_verified",
        "roles",
        "first_name",
        "last_name",
        "gender",
        "timezone",
        "language",
        "created_at",
        "blocked",
    ];
}

/// An account as another system kept it.
#[derive(Clone, Debug)]
pub(crate) struct ImportedUser {
    pub(crate) id: Option<UserId>,
    pub(crate) username: Named,
    pub(crate) email: Named,
    pub(crate) email_verified: bool,
    pub(crate) password_hash: String,
    /// At least one.
    pub(crate) roles: Vec<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) gender: Option<Gender>,
    pub(crate) timezone: Option<String>,
    pub(crate) language: Option<Language>,
    pub(crate) created_at: Option<DateTime<Utc>>,
    pub(crate) blocked: bool,
}

/// Checks a row against the rules that newcomers are held to; says what is wrong, without showing any secret.
pub(super) fn parse(
    cells: &Cells<'_>,
    known_roles: &HashSet<String>,
    now: DateTime<Utc>,
) -> Result<ImportedUser, String> {
    let password_hash = needed("password_hash", cells.password_hash)?.trim();
    stored_hash::check(password_hash).map_err(|unusable| format!("password_hash: {unusable}"))?;
    Ok(ImportedUser {
        id: cells.id.map(id).transpose()?,
        username: account::username(needed("username", cells.username)?).map_err(told)?,
        email: account::email(needed("email", cells.email)?).map_err(told)?,
        email_verified: flag("email_verified", cells.email_verified)?,
        password_hash: password_hash.to_owned(),
        roles: roles(cells.roles.unwrap_or_default(), known_roles)?,
        first_name: account::personal_name("first_name", cells.first_name).map_err(told)?,
        last_name: account::personal_name("last_name", cells.last_name).map_err(told)?,
        gender: cells.gender.map(gender).transpose()?,
        timezone: account::timezone(cells.timezone).map_err(told)?,
        language: cells.language.map(language).transpose()?,
        created_at: cells.created_at.map(|text| past(text, now)).transpose()?,
        blocked: flag("blocked", cells.blocked)?,
    })
}

fn told(error: FieldError) -> String {
    format!("{}: {}", error.field, error.message.en.unwrap_or_default())
}

fn needed<'a>(column: &str, cell: Option<&'a str>) -> Result<&'a str, String> {
    cell.filter(|text| !text.trim().is_empty()).ok_or_else(|| format!("{column}: is missing"))
}

fn id(text: &str) -> Result<UserId, String> {
    let id = text.trim().parse().ok().filter(|id: &UserId| !id.0.is_nil());
    id.ok_or_else(|| "id: is no UUID".to_owned())
}

/// Codes, separated by spaces or punctuation that no code has.
fn roles(text: &str, known: &HashSet<String>) -> Result<Vec<String>, String> {
    let mut codes: Vec<String> = Vec::new();
    for code in text.split([';', '|', ',', ' ']).map(str::trim).filter(|code| !code.is_empty()) {
        if !known.contains(code) {
            // Shown only where it could be a role: in a row whose cells are shifted it might be a secret.
            let is_code =
                code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let shown = if is_code { format!(" {code}") } else { String::new() };
            return Err(format!("roles: there is no such role{shown}"));
        }
        if !codes.iter().any(|other| other == code) {
            codes.push(code.to_owned());
        }
    }
    if codes.is_empty() {
        codes.push(NEWCOMER.to_owned());
    }
    if codes.len() > MOST_ROLES {
        return Err(format!("roles: are more than {MOST_ROLES}"));
    }
    Ok(codes)
}

fn flag(column: &str, cell: Option<&str>) -> Result<bool, String> {
    match cell.unwrap_or_default().trim().to_lowercase().as_str() {
        "true" | "t" | "1" | "yes" | "y" => Ok(true),
        "" | "false" | "f" | "0" | "no" | "n" => Ok(false),
        _ => Err(format!("{column}: is neither true nor false")),
    }
}

fn gender(text: &str) -> Result<Gender, String> {
    match text.trim().to_uppercase().as_str() {
        "MALE" => Ok(Gender::Male),
        "FEMALE" => Ok(Gender::Female),
        _ => Err("gender: is neither MALE nor FEMALE".to_owned()),
    }
}

fn language(text: &str) -> Result<Language, String> {
    match text.trim().to_lowercase().get(..2) {
        Some("ru") => Ok(Language::Ru),
        Some("en") => Ok(Language::En),
        _ => Err("language: is neither ru nor en".to_owned()),
    }
}

/// A moment, in UTC where it does not say otherwise.
fn past(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let moment = text
        .parse::<DateTime<Utc>>()
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(|moment| moment.and_utc())
        })
        .or_else(|_| text.parse::<NaiveDate>().map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc()))
        .map_err(|_| "created_at: is no moment such as 2026-01-31T12:00:00Z".to_owned())?;
    if moment < DateTime::UNIX_EPOCH || moment > now {
        return Err("created_at: is not between 1970 and now".to_owned());
    }
    Ok(moment.trunc_subsecs(6))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuEpcPTQ3XJVZ5gZXRtKQzVQZ9Jq1bYzG";

    fn cells<'a>() -> Cells<'a> {
        Cells {
            username: Some("anna"),
            email: Some("anna@example.org"),
            password_hash: Some(HASH),
            ..Cells::default()
        }
    }

    fn read(cells: &Cells<'_>) -> Result<ImportedUser, String> {
        let known = ["ADMIN", "SUB_USER", "UNSUB_USER"].map(str::to_owned).into();
        parse(cells, &known, DateTime::from_timestamp(1_790_000_000, 0).unwrap())
    }

    #[test]
    fn what_is_needed_is_enough() {
        let anna = read(&cells()).unwrap();
        assert_eq!((anna.username.key.as_str(), anna.roles), ("anna", vec!["UNSUB_USER".to_owned()]));
        assert!(anna.id.is_none() && !anna.email_verified && !anna.blocked && anna.created_at.is_none());
    }

    #[test]
    fn everything_else_is_read() {
        let id = "018F0000-0000-7000-8000-000000000001";
        let anna = read(&Cells {
            id: Some(id),
            roles: Some("SUB_USER; ADMIN|SUB_USER"),
            email_verified: Some("T"),
            blocked: Some("yes"),
            first_name: Some(" Анна "),
            gender: Some("female"),
            timezone: Some("Europe/Moscow"),
            language: Some("ru-RU"),
            created_at: Some("2020-05-17 10:20:30.5"),
            ..cells()
        })
        .unwrap();
        assert_eq!(anna.id.unwrap().to_string(), id.to_lowercase());
        assert_eq!(anna.roles, ["SUB_USER", "ADMIN"]);
        assert!(anna.email_verified && anna.blocked);
        assert_eq!((anna.first_name.as_deref(), anna.gender), (Some("Анна"), Some(Gender::Female)));
        assert_eq!(anna.language, Some(Language::Ru));
        assert_eq!(anna.created_at.unwrap().to_rfc3339(), "2020-05-17T10:20:30.500+00:00");
    }

    #[test]
    fn moments_come_in_several_forms() {
        for text in ["2020-05-17T00:00:00Z", "2020-05-17 03:00:00+03:00", "2020-05-17", "2020-05-17 00:00:00"]
        {
            let anna = read(&Cells { created_at: Some(text), ..cells() }).unwrap();
            assert_eq!(anna.created_at.unwrap().timestamp(), 1_589_673_600, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        for (row, reason) in [
            (Cells { username: None, ..cells() }, "username: is missing"),
            (Cells { username: Some("a b c"), ..cells() }, "username: Letters"),
            (Cells { email: Some("nowhere"), ..cells() }, "email: This is not"),
            (Cells { password_hash: Some("  "), ..cells() }, "password_hash: is missing"),
            (Cells { password_hash: Some("hunter2"), ..cells() }, "password_hash: it is no whole"),
            (Cells { id: Some("7"), ..cells() }, "id: is no UUID"),
            (Cells { roles: Some("ADMIN EMPEROR"), ..cells() }, "roles: there is no such role EMPEROR"),
            (Cells { email_verified: Some("maybe"), ..cells() }, "email_verified: is neither"),
            (Cells { first_name: Some(&"x".repeat(51)), ..cells() }, "first_name: At most"),
            (Cells { gender: Some("x"), ..cells() }, "gender"),
            (Cells { timezone: Some("Mars!"), ..cells() }, "timezone"),
            (Cells { language: Some("д"), ..cells() }, "language"),
            (Cells { created_at: Some("yesterday"), ..cells() }, "created_at: is no moment"),
            (Cells { created_at: Some("2096-01-01"), ..cells() }, "created_at: is not between"),
            (Cells { created_at: Some("1869-01-01"), ..cells() }, "created_at: is not between"),
        ] {
            let told = read(&row).unwrap_err();
            assert!(told.starts_with(reason), "{told}");
            assert!(!told.contains("hunter2"));
        }
        let shifted = read(&Cells { roles: Some(HASH), ..cells() }).unwrap_err();
        assert_eq!(shifted, "roles: there is no such role");
    }

    proptest! {
        #[test]
        fn no_row_panics(text in "\\PC{0,80}") {
            let all = Cells {
                id: Some(&text), roles: Some(&text), gender: Some(&text), language: Some(&text),
                created_at: Some(&text), blocked: Some(&text), ..cells()
            };
            let _ = read(&all);
            let _ = read(&Cells { created_at: Some(&text), ..cells() });
            let _ = read(&Cells { password_hash: Some(&text), ..cells() });
        }
    }
}
