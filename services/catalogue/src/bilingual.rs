//! Texts whose language is not said.

use kino_domain::Localized;

/// A text in the language that most of its letters are of.
pub(crate) fn by_letters(text: String) -> Localized {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let cyrillic = text.chars().filter(|c| matches!(c, 'А'..='я' | 'ё' | 'Ё')).count();
    if cyrillic * 2 > letters {
        Localized { ru: Some(text), en: None }
    } else {
        Localized { ru: None, en: Some(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::by_letters;

    #[test]
    fn most_letters_decide() {
        assert_eq!(by_letters("Ёлки 1914".into()).ru.as_deref(), Some("Ёлки 1914"));
        assert_eq!(by_letters("Solaris (Солярис-2)".into()).ru.as_deref(), None);
        assert_eq!(by_letters("1917".into()).en.as_deref(), Some("1917"));
    }
}
