//! Languages of the platform, texts that exist in one or both of them, and how strings are made comparable.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, Visitor},
};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;

/// A language that the platform speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Russian.
    Ru,
    /// English: what is spoken to a client that asks for neither.
    #[default]
    En,
}

impl Language {
    /// The language's tag, as in `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Ru => Self::En,
            Self::En => Self::Ru,
        }
    }

    /// The best match for an `Accept-Language` header, weights heeded; English when there is none.
    pub fn negotiate(accept: &str) -> Self {
        let mut best = (Self::default(), 0.0_f32);
        for range in accept.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let tag = tag.split_once('-').map_or(tag, |(language, _)| language);
            let is = |language: &&str| tag.eq_ignore_ascii_case(language);
            // Those who read these languages mostly read Russian too, and few of them English.
            let language = if ["ru", "be", "kk", "ky"].iter().any(is) {
                Self::Ru
            } else if is(&"en") {
                Self::En
            } else {
                continue;
            };
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            if weight > best.1 {
                best = (language, weight);
            }
            // Nothing is wanted more: what most browsers send first.
            if weight >= 1.0 {
                break;
            }
        }
        best.0
    }
}

/// A text in Russian, in English, or in both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Localized {
    /// In Russian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ru: Option<String>,
    /// In English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Localized {
    /// A text in both languages.
    pub fn both(ru: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ru: Some(ru.into()), en: Some(en.into()) }
    }

    /// The text in this language, else in the other one.
    pub fn get(&self, language: Language) -> Option<&str> {
        let (first, second) = match language {
            Language::Ru => (&self.ru, &self.en),
            Language::En => (&self.en, &self.ru),
        };
        first.as_deref().or(second.as_deref())
    }

    /// The texts that there are, the Russian one first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.ru, &self.en].into_iter().flatten().map(String::as_str)
    }
}

/// By hand, because a derived one would take a list of texts too.
impl<'de> Deserialize<'de> for Localized {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByLanguage;

        impl<'de> Visitor<'de> for ByLanguage {
            type Value = Localized;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object with texts in `ru` and `en`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Localized, A::Error> {
                let mut text = Localized::default();
                while let Some(language) = map.next_key::<String>()? {
                    match language.as_str() {
                        "ru" => text.ru = map.next_value()?,
                        "en" => text.en = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(text)
            }
        }

        deserializer.deserialize_map(ByLanguage)
    }
}

/// How the platform keeps strings: trimmed, NFC, without control characters other than line ends and tabs.
pub fn tidy(text: &str) -> String {
    text.nfc().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect::<String>().trim().to_owned()
}

/// How user names and e-mail addresses are compared: compatibility forms unified, case dropped.
pub fn fold(text: &str) -> String {
    fold_plain(text).unwrap_or_else(|| {
        let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        folded.trim().to_owned()
    })
}

/// The same of ordinary Russian and English texts, whose characters are their own compatibility forms and compose with
/// nothing: many times faster. None of other texts.
fn fold_plain(text: &str) -> Option<String> {
    let text = text.trim();
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        folded.push(match c {
            '\0'..='\x7f' => c.to_ascii_lowercase(),
            'а'..='я' | 'ё' | '«' | '»' | '–' | '—' | '‘' | '’' | '“' | '”' | '„' => c,
            'А'..='Я' => char::from_u32(u32::from(c) + 0x20)?,
            'Ё' => 'ё',
            _ => return None,
        });
    }
    Some(folded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accept_language() {
        for (header, wanted) in [
            ("", Language::En),
            ("ru", Language::Ru),
            ("ru-RU,ru;q=0.9,en-US;q=0.8", Language::Ru),
            ("en-GB,ru;q=0.9", Language::En),
            ("de, ru;q=0.3, en;q=0.2", Language::Ru),
            ("fr", Language::En),
            ("ru;q=0, en;q=0.1", Language::En),
            ("ru;q=banana", Language::En),
            ("kk-KZ", Language::Ru),
        ] {
            assert_eq!(Language::negotiate(header), wanted, "{header:?}");
        }
    }

    #[test]
    fn a_text_falls_back_to_the_other_language() {
        let text = Localized { ru: Some("Солярис".into()), en: None };
        assert_eq!(text.get(Language::En), Some("Солярис"));
        assert_eq!(Localized::default().get(Language::Ru), None);
    }

    #[test]
    fn a_text_is_read_by_language_and_nothing_else() {
        let read = serde_json::from_str::<Localized>;
        assert_eq!(
            read(r#"{"ru":"а","en":null,"fr":7}"#).unwrap(),
            Localized { ru: Some("а".into()), en: None }
        );
        for wrong in [r#"["а","b"]"#, "[]", r#""а""#, "7", "null", r#"{"ru":7}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn composed_and_decomposed_letters_are_one() {
        assert_eq!(tidy(" \u{0}Ёжик "), tidy("Е\u{308}жик"));
        assert_eq!(fold("ＡＮＮＡ@Example.ORG"), "anna@example.org");
    }

    proptest! {
        #[test]
        fn tidying_and_folding_twice_changes_nothing(text in "\\PC{0,40}") {
            prop_assert_eq!(tidy(&tidy(&text)), tidy(&text));
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn ordinary_texts_are_folded_as_others_are(text in "[ -~А-яЁё«»–—‘’“”„\\u{a0}\\u{308}]{0,40}") {
            let other: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
            prop_assert_eq!(fold(&text), other.trim());
        }

        #[test]
        fn any_header_is_negotiated(header in "\\PC{0,60}") {
            Language::negotiate(&header);
        }
    }
}
