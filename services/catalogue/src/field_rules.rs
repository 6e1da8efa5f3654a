//! What the fields of an administrator's requests may hold, told field by field.

use std::{collections::HashSet, fmt::Display, hash::Hash, ops::RangeInclusive};

use kino_domain::{Localized, tidy};
use kino_http::{FieldError, Fields};

use crate::film_limits::{ADDRESS_LONGEST, LIST_LONGEST, is_address};

pub(crate) fn required(field: &str) -> FieldError {
    FieldError::new(field, "required", "Обязательное поле.", "This field is required.")
}

/// A text, tidied; a blank one is none.
pub(crate) fn text(field: &str, given: Option<String>, longest: usize) -> Result<Option<String>, FieldError> {
    let text = given.map(|text| tidy(&text)).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > longest => Err(FieldError::new(
            field,
            "length",
            format!("Не более {longest} знаков."),
            format!("At most {longest} characters."),
        )),
        text => Ok(text),
    }
}

/// A text in either language, or in none.
pub(crate) fn localized(
    fields: &mut Fields,
    field: &str,
    given: Option<Localized>,
    longest: usize,
) -> Localized {
    both(fields, field, given, longest).unwrap_or_default()
}

/// A text in one language at least.
pub(crate) fn name(fields: &mut Fields, field: &str, given: Option<Localized>, longest: usize) -> Localized {
    let name = both(fields, field, given, longest);
    if name == Some(Localized::default()) {
        let (ru, en) =
            ("Нужно хотя бы на одном языке: ru или en.", "Needed in one language at least: ru or en.");
        fields.wrong(FieldError::new(field, "required", ru, en));
    }
    name.unwrap_or_default()
}

/// None where a text is wrong.
fn both(fields: &mut Fields, field: &str, given: Option<Localized>, longest: usize) -> Option<Localized> {
    let given = given.unwrap_or_default();
    let ru = fields.check(text(&format!("{field}.ru"), given.ru, longest));
    let en = fields.check(text(&format!("{field}.en"), given.en, longest));
    Some(Localized { ru: ru?, en: en? })
}

/// A number within bounds, if there is one.
pub(crate) fn within<T: Copy + Display + PartialOrd>(
    field: &str,
    given: Option<T>,
    bounds: &RangeInclusive<T>,
) -> Result<Option<T>, FieldError> {
    if given.is_none_or(|number| bounds.contains(&number)) {
        return Ok(given);
    }
    let (from, to) = (bounds.start(), bounds.end());
    Err(FieldError::new(
        field,
        "out_of_range",
        format!("От {from} до {to}."),
        format!("From {from} to {to}."),
    ))
}

/// A web address or a path of this site.
pub(crate) fn address(field: &str, given: Option<String>) -> Result<Option<String>, FieldError> {
    match text(field, given, ADDRESS_LONGEST)? {
        Some(address) if !is_address(&address) => Err(FieldError::new(
            field,
            "address",
            "Нужен адрес http(s) или путь на этом сайте, начинающийся с /.",
            "An http(s) address is needed, or a path of this site that begins with /.",
        )),
        address => Ok(address),
    }
}

/// The entries of a list, each once, in the order of their first coming.
pub(crate) fn list<T: Clone + Eq + Hash>(field: &str, given: Option<Vec<T>>) -> Result<Vec<T>, FieldError> {
    let given = given.unwrap_or_default();
    if given.len() > LIST_LONGEST {
        return Err(FieldError::new(
            field,
            "too_many",
            format!("Не более {LIST_LONGEST}."),
            format!("At most {LIST_LONGEST}."),
        ));
    }
    let mut seen = HashSet::new();
    Ok(given.into_iter().filter(|entry| seen.insert(entry.clone())).collect())
}

/// A list of texts, without the blank ones.
pub(crate) fn texts(
    field: &str,
    given: Option<Vec<String>>,
    longest: usize,
) -> Result<Vec<String>, FieldError> {
    let mut texts = Vec::new();
    for (n, entry) in list(field, given)?.into_iter().enumerate() {
        texts.extend(text(&format!("{field}[{n}]"), Some(entry), longest)?);
    }
    list(field, Some(texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(fields: Fields) -> String {
        fields.finish().map_or_else(|problem| format!("{problem:?}"), |()| String::new())
    }

    #[test]
    fn texts_are_tidied_and_measured_in_characters() {
        assert_eq!(text("f", Some(" Ёж\u{0}ик ".into()), 4).unwrap().as_deref(), Some("Ёжик"));
        assert_eq!(text("f", Some("Е\u{308}жик".into()), 4).unwrap().as_deref(), Some("Ёжик"));
        assert_eq!(text("f", Some(" \u{7}\n ".into()), 4).unwrap(), None);
        assert_eq!(text("f", Some("Ёжики".into()), 4).unwrap_err().code, "length");
    }

    #[test]
    fn one_language_is_enough_for_a_name_and_none_for_a_description() {
        let mut fields = Fields::new();
        let given = Localized { ru: Some("  ".into()), en: Some("Solaris".into()) };
        assert_eq!(
            name(&mut fields, "title", Some(given), 10),
            Localized { ru: None, en: Some("Solaris".into()) }
        );
        assert_eq!(localized(&mut fields, "description", None, 10), Localized::default());
        assert_eq!(codes(fields), "");
        for given in [None, Some(Localized::both(" ", "\u{0}"))] {
            let mut fields = Fields::new();
            name(&mut fields, "title", given, 10);
            assert!(codes(fields).contains("\"title\", code: \"required\""));
        }
        // A text that is too long is wrong, not missing.
        let mut fields = Fields::new();
        name(&mut fields, "title", Some(Localized { ru: Some("x".repeat(11)), en: None }), 10);
        let told = codes(fields);
        assert!(told.contains("\"title.ru\", code: \"length\"") && !told.contains("required"), "{told}");
    }

    #[test]
    fn addresses() {
        for good in ["https://a.example/x.jpg", "http://a", "/posters/1.jpg", "/"] {
            assert!(address("f", Some(good.into())).is_ok(), "{good}");
        }
        for bad in
            ["javascript:alert(1)", "//evil.example/x", "data:text/html,x", "x.jpg", "ftp://a", "\\\\a"]
        {
            assert_eq!(address("f", Some(bad.into())).unwrap_err().code, "address", "{bad}");
        }
        assert_eq!(address("f", Some("/".repeat(2001))).unwrap_err().code, "length");
    }

    #[test]
    fn lists_keep_their_order_and_lose_repeats() {
        assert_eq!(list("f", Some(vec![3, 1, 3, 2, 1])).unwrap(), [3, 1, 2]);
        assert_eq!(list("f", Some((0..201).collect())).unwrap_err().code, "too_many");
        let given = vec![" a ".into(), "a".into(), " ".into(), "b".into()];
        assert_eq!(texts("f", Some(given), 3).unwrap(), ["a", "b"]);
        let given = vec!["a".into(), "long".into()];
        assert_eq!(texts("f", Some(given), 3).unwrap_err().field, "f[1]");
    }
}
