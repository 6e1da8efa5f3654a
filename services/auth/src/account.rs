//! What makes a user name, an e-mail address or a name acceptable. Passwords have a module of their own.

use std::str::FromStr as _;

use kino_domain::{AuthEvent, fold, tidy};
use kino_http::FieldError;

use crate::store::User;

const USERNAME: std::ops::RangeInclusive<usize> = 3..=30;
const EMAIL_LONGEST: usize = 254;
const LOCAL_LONGEST: usize = 64;
const NAME_LONGEST: usize = 50;

impl User {
    /// What others are told when the account changed.
    pub(crate) fn changed(&self) -> AuthEvent {
        AuthEvent::UserChanged {
            user_id: self.id,
            username: self.username.clone(),
            email: self.email.clone(),
            email_verified: self.email_verified,
            language: self.language,
            timezone: self.timezone.clone(),
        }
    }
}

/// A text as it was typed, and the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As typed, tidied.
    pub text: String,
    /// Without case and compatibility forms; unique.
    pub key: String,
}

/// A user name: 3 to 30 letters, digits, `.`, `_` or `-` of any alphabet.
pub fn username(text: &str) -> Result<Named, FieldError> {
    let name = Named { text: tidy(text), key: fold(&tidy(text)) };
    if !USERNAME.contains(&name.text.chars().count()) || !USERNAME.contains(&name.key.chars().count()) {
        return Err(FieldError::new("username", "length", "От 3 до 30 знаков.", "From 3 to 30 characters."));
    }
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !name.text.chars().all(is_allowed) || !name.key.chars().all(is_allowed) {
        return Err(FieldError::new(
            "username",
            "characters",
            "Только буквы, цифры, точка, дефис и подчёркивание.",
            "Letters, digits, dots, hyphens and underscores only.",
        ));
    }
    Ok(name)
}

/// An e-mail address, as a mail form would take it (the address is proven by a message to it, not by a pattern).
pub fn email(text: &str) -> Result<Named, FieldError> {
    let address = Named { text: tidy(text), key: fold(&tidy(text)) };
    let wrong = || {
        FieldError::new(
            "email",
            "format",
            "Это не адрес электронной почты.",
            "This is not an e-mail address.",
        )
    };
    if address.text.len() > EMAIL_LONGEST {
        return Err(FieldError::new("email", "length", "Не более 254 знаков.", "At most 254 characters."));
    }
    let is_local = |c: char| !c.is_whitespace() && !c.is_control() && !"@<>()[],;:\\\"".contains(c);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let is_address = |text: &str| {
        text.rsplit_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && local.len() <= LOCAL_LONGEST
                && local.chars().all(is_local)
                && domain.contains('.')
                && domain.split('.').all(is_label)
        })
    };
    // Letters go to the text, accounts are told apart by the key: both must be addresses.
    if is_address(&address.text) && is_address(&address.key) { Ok(address) } else { Err(wrong()) }
}

/// A first or last name; an empty one is none.
pub fn personal_name(field: &str, text: Option<&str>) -> Result<Option<String>, FieldError> {
    let name = text.map(tidy).filter(|name| !name.is_empty());
    match name {
        Some(name) if name.chars().count() > NAME_LONGEST => {
            Err(FieldError::new(field, "length", "Не более 50 знаков.", "At most 50 characters."))
        }
        name => Ok(name),
    }
}

/// A time zone's name in the IANA database, such as `Europe/Moscow`.
pub fn timezone(text: Option<&str>) -> Result<Option<String>, FieldError> {
    let Some(zone) = text.map(tidy).filter(|zone| !zone.is_empty()) else { return Ok(None) };
    if chrono_tz::Tz::from_str(&zone).is_ok() {
        return Ok(Some(zone));
    }
    Err(FieldError::new(
        "timezone",
        "unknown",
        "Такого часового пояса нет; они называются, например, Europe/Moscow.",
        "There is no such time zone; they are named like Europe/Moscow.",
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn user_names() {
        for good in ["anna", "Анна_К", "a.b-c", "x1y", &"x".repeat(30)] {
            assert!(username(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "a b c", "anna@home", "<b>x</b>", "a\u{202e}bc", &"x".repeat(31), "  ab  "] {
            assert!(username(bad).is_err(), "{bad:?}");
        }
        assert_eq!(username("  ANNA ").unwrap().key, username("ａｎｎａ").unwrap().key);
        assert_eq!(username("an\u{0}na").unwrap().text, "anna", "NUL is taken out");
    }

    #[test]
    fn e_mail_addresses() {
        for good in ["a@b.ru", "Anna.K+films@Example.org", "почта@пример.рф", "o'neil@x-y.co.uk"]
        {
            assert!(email(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.org", "x".repeat(65));
        for bad in [
            "",
            "a",
            "@b.ru",
            "a@",
            "a@b",
            "a b@c.ru",
            "a@b..ru",
            "a@-b.ru",
            "a@b.ru\"",
            "<a@b.ru>",
            "a＠b.ru",
            "a@b.ru\r\nBcc: c@d.ru",
            "a@b.ru,c@d.ru",
            "a\nb@c.ru",
            &long,
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
        assert_eq!(email("ANNA@Example.ORG").unwrap().key, "anna@example.org");
    }

    #[test]
    fn time_zones_are_those_of_the_iana_database() {
        for zone in
            ["Europe/Moscow", "UTC", " Asia/Novosibirsk ", "America/Argentina/Buenos_Aires", "Etc/GMT+3"]
        {
            assert_eq!(timezone(Some(zone)).unwrap().as_deref(), Some(zone.trim()));
        }
        assert_eq!(timezone(Some("  ")).unwrap(), None);
        for bad in ["Mars/Olympus", "europe/moscow", "GMT+3", "../../etc/passwd", "Europe", &"x".repeat(9000)]
        {
            assert!(timezone(Some(bad)).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,300}") {
            let _ = username(&text);
            let _ = email(&text);
            let _ = personal_name("first_name", Some(&text));
            let _ = timezone(Some(&text));
        }
    }
}
