//! What was typed with the keyboard in the other language.

const ENGLISH_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const RUSSIAN_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";

/// The same keys on a Russian keyboard; of a text in small letters.
pub(super) fn in_russian(text: &str) -> String {
    on_other_keys(text, ENGLISH_KEYS, RUSSIAN_KEYS)
}

/// The same keys on an English keyboard; of a text in small letters.
pub(super) fn in_english(text: &str) -> String {
    on_other_keys(text, RUSSIAN_KEYS, ENGLISH_KEYS)
}

fn on_other_keys(text: &str, from: &str, to: &str) -> String {
    let same_key = |c| to.chars().nth(from.chars().position(|key| key == c)?);
    text.chars().map(|c| same_key(c).unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_letter_on_both() {
        assert_eq!(in_russian("vfnhbwf"), "матрица");
        assert_eq!(in_english("ьфекшч"), "matrix");
        assert_eq!(in_russian("uthjq yfituj dhtvtyb"), "герой нашего времени");
        assert_eq!(in_russian("k.,jdm"), "любовь", "signs are letters there");
        assert_eq!(in_english(RUSSIAN_KEYS), ENGLISH_KEYS);
        assert_eq!(in_russian(ENGLISH_KEYS), RUSSIAN_KEYS);
        assert_eq!(in_russian("2001"), "2001");
    }
}
