//! What makes a new password acceptable: its length, and that nobody would try it first. There are no rules of
//! composition: they make passwords that are hard to remember rather than hard to guess.

use std::cmp::Ordering;

use kino_domain::fold;
use kino_http::FieldError;

const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;
/// Folded, in the order of their bytes, one a line.
const COMMON: &str = include_str!("../data/common_passwords.txt");

/// A new password for an account with these names (user name and address, folded): 8 to 128 characters of any kind,
/// not one of the common ones, none of the names.
pub fn new_password(field: &str, text: String, names: &[&str]) -> Result<String, FieldError> {
    if !LENGTH.contains(&text.chars().count()) {
        return Err(FieldError::new(field, "length", "От 8 до 128 знаков.", "From 8 to 128 characters."));
    }
    let folded = fold(&text);
    if is_common(&folded) {
        return Err(FieldError::new(
            field,
            "common",
            "Этот пароль есть в списках, по которым подбирают; придумайте другой.",
            "This password is on the lists that are used for guessing; choose another.",
        ));
    }
    if names.iter().any(|name| folded == *name || Some(&*folded) == local_part(name)) {
        return Err(FieldError::new(
            field,
            "personal",
            "Пароль не должен повторять имя пользователя или адрес.",
            "The password must not repeat the user name or the address.",
        ));
    }
    Ok(text)
}

fn local_part(address: &str) -> Option<&str> {
    address.rsplit_once('@').map(|(local, _)| local)
}

/// Halves the list until one line is left: no copy of it is kept in another form.
fn is_common(folded: &str) -> bool {
    let mut rest = COMMON;
    while let Some((before, line, after)) = middle(rest) {
        rest = match folded.cmp(line) {
            Ordering::Equal => return true,
            Ordering::Less => before,
            Ordering::Greater => after,
        };
    }
    false
}

/// The line in the middle of a text of whole lines, and the lines before and after it.
fn middle(lines: &str) -> Option<(&str, &str, &str)> {
    let bytes = lines.as_bytes();
    let end = bytes.len() / 2 + bytes[bytes.len() / 2..].iter().position(|&byte| byte == b'\n')?;
    let begin = bytes[..end].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    Some((&lines[..begin], &lines[begin..end], &lines[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        let names = ["анна_каренина", "a.karenina@example.org"];
        new_password("password", text.to_owned(), &names).err().map(|error| error.code)
    }

    #[test]
    fn length_is_measured_in_characters() {
        assert_eq!(code("пароль1"), Some("length"));
        assert_eq!(code("парольёж"), None);
        assert_eq!(code(&"xy".repeat(64)), None);
        assert_eq!(code(&"x".repeat(129)), Some("length"));
    }

    #[test]
    fn what_everyone_tries_first_is_refused_in_any_case_and_layout() {
        for common in [
            "password",
            "PassWord123",
            "12345678",
            "йцукенгшщз",
            "Пароль123",
            "gfhjkm123",
            "ｐａｓｓｗｏｒｄ",
            " password ",
        ] {
            assert_eq!(code(common), Some("common"), "{common}");
        }
        for good in ["correct horse battery", "sonnenuntergang über köln", "пять зелёных верблюдов"]
        {
            assert_eq!(code(good), None, "{good}");
        }
    }

    #[test]
    fn what_stands_on_the_account_is_refused() {
        for personal in ["Анна_Каренина", "a.karenina", "A.Karenina@Example.org"] {
            assert_eq!(code(personal), Some("personal"), "{personal}");
        }
        assert_eq!(code("a.karenina@example.com"), None);
    }

    #[test]
    fn the_list_is_in_order_and_every_line_is_found() {
        let lines: Vec<_> = COMMON.lines().collect();
        assert!(lines.len() > 30_000);
        for pair in lines.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        for line in lines {
            assert_eq!(fold(line), line);
            assert!(LENGTH.contains(&line.chars().count()), "{line}");
            assert!(is_common(line), "{line}");
            assert!(!is_common(&format!("{line}\u{1}")), "{line}");
        }
        assert!(!is_common("") && !is_common("\n") && !is_common("\u{10ffff}"));
    }
}
