//! Texts that were encoded twice: UTF-8 that someone took for Windows-1252 (or Latin-1) and encoded again, so that
//! "Амели" became "ÐÐ¼ÐµÐ»Ð¸".

/// What Windows-1252 has in place of the control characters 0x80..=0x9F; five of them are not in use.
const WINDOWS_1252: [(char, u8); 27] = [
    ('€', 0x80),
    ('‚', 0x82),
    ('ƒ', 0x83),
    ('„', 0x84),
    ('…', 0x85),
    ('†', 0x86),
    ('‡', 0x87),
    ('ˆ', 0x88),
    ('‰', 0x89),
    ('Š', 0x8a),
    ('‹', 0x8b),
    ('Œ', 0x8c),
    ('Ž', 0x8e),
    ('‘', 0x91),
    ('’', 0x92),
    ('“', 0x93),
    ('”', 0x94),
    ('•', 0x95),
    ('–', 0x96),
    ('—', 0x97),
    ('˜', 0x98),
    ('™', 0x99),
    ('š', 0x9a),
    ('›', 0x9b),
    ('œ', 0x9c),
    ('ž', 0x9e),
    ('Ÿ', 0x9f),
];

/// The text before it was encoded a second time; none where it was not. The whole of it must say so: a proper text with
/// letters beyond ASCII is, taken byte for byte, hardly ever UTF-8.
pub(super) fn repaired(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes = text.chars().map(byte).collect::<Option<Vec<u8>>>()?;
    String::from_utf8(bytes).ok()
}

fn byte(c: char) -> Option<u8> {
    u8::try_from(u32::from(c)).ok().or_else(|| {
        let (_, byte) = WINDOWS_1252.iter().find(|(special, _)| *special == c)?;
        Some(*byte)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Encodes a second time, as those do who take UTF-8 for Windows-1252.
    fn spoilt(text: &str) -> String {
        let spoil = |byte: u8| {
            let special = WINDOWS_1252.iter().find(|(_, special)| *special == byte);
            special.map_or(char::from(byte), |(c, _)| *c)
        };
        text.bytes().map(spoil).collect()
    }

    #[test]
    fn a_text_that_was_encoded_twice_is_told_and_repaired() {
        assert_eq!(repaired("AmÃ©lie").as_deref(), Some("Amélie"));
        assert_eq!(repaired("Ð¼Ð°Ñ‚Ñ€Ð¸Ñ†Ð°").as_deref(), Some("матрица"));
        assert_eq!(repaired(&spoilt("Ход «Белой королевы»")).as_deref(), Some("Ход «Белой королевы»"));
    }

    #[test]
    fn a_proper_text_stays_as_it_is() {
        for text in
            ["", "Solaris", "Amélie", "матрица", "Æon Flux", "naïve café", "Ãlamo", "50 € – “more”", "Ñ"]
        {
            assert_eq!(repaired(text), None, "{text}");
        }
        assert_eq!(repaired("Матрица: AmÃ©lie"), None, "only a part of it");
    }

    proptest! {
        #[test]
        fn what_was_spoilt_is_repaired(text in "[а-яёА-ЯЁéüñ ]{1,30}") {
            prop_assume!(!text.is_ascii());
            prop_assert_eq!(repaired(&spoilt(&text)), Some(text));
        }
    }
}
