//! Words written in the other alphabet, by their sound.
//!
//! There is no one way to write them: `й` is written y, i or j, and y may be `й`, `ы` or `и`. So there are two manners of
//! each direction; what both miss is a letter or two off, and typos are forgiven.

/// In which manner letters are taken that may stand for several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// As passports and timetables write: `й` behind vowels, `ы` else; k for `к`.
    Usual,
    /// As people write by ear, and as foreign names are spelled: `и` for every y and i, c for `к`, x for `кс`.
    Other,
}

/// Russian in Latin letters; of a text in small letters.
pub(super) fn in_latin(text: &str, manner: Manner) -> String {
    let other: &[(&str, &str)] = match manner {
        Manner::Usual => &[],
        Manner::Other => &OTHER_LATIN,
    };
    sound(text, |rest| longest(rest, other).or_else(|| longest(rest, &LATIN)))
}

/// Latin letters in Russian; of a text in small letters.
pub(super) fn in_cyrillic(text: &str, manner: Manner) -> String {
    let mut before = ' ';
    sound(text, |rest| {
        let at = before;
        before = rest.chars().next().unwrap_or(' ');
        let (letters, sounds) = match manner {
            Manner::Usual => behind_a_vowel(at, rest).or_else(|| longest(rest, &CYRILLIC)),
            Manner::Other => longest(rest, &OTHER_CYRILLIC).or_else(|| longest(rest, &CYRILLIC)),
        }?;
        before = letters.chars().next_back().unwrap_or(before);
        Some((letters, sounds))
    })
}

/// `y` and `i` behind a vowel, with no vowel behind them, are й: voyna, Andrei.
fn behind_a_vowel(before: char, rest: &str) -> Option<(&'static str, &'static str)> {
    let letter = ["y", "i"].into_iter().find(|letter| rest.starts_with(letter))?;
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let behind = rest.chars().nth(1).unwrap_or(' ');
    (is_vowel(before) && !is_vowel(behind)).then_some((letter, "й"))
}

fn sound<'a>(text: &'a str, mut next: impl FnMut(&'a str) -> Option<(&'static str, &'static str)>) -> String {
    let mut sounded = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((letters, sounds)) = next(rest) {
            sounded.push_str(sounds);
            rest = &rest[letters.len()..];
        } else {
            sounded.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    sounded
}

fn longest(rest: &str, table: &[(&'static str, &'static str)]) -> Option<(&'static str, &'static str)> {
    table.iter().copied().find(|(letters, _)| rest.starts_with(letters))
}

/// Longest first.
const LATIN: [(&str, &str); 33] = [
    ("а", "a"),
    ("б", "b"),
    ("в", "v"),
    ("г", "g"),
    ("д", "d"),
    ("е", "e"),
    ("ё", "e"),
    ("ж", "zh"),
    ("з", "z"),
    ("и", "i"),
    ("й", "i"),
    ("к", "k"),
    ("л", "l"),
    ("м", "m"),
    ("н", "n"),
    ("о", "o"),
    ("п", "p"),
    ("р", "r"),
    ("с", "s"),
    ("т", "t"),
    ("у", "u"),
    ("ф", "f"),
    ("х", "kh"),
    ("ц", "ts"),
    ("ч", "ch"),
    ("ш", "sh"),
    ("щ", "shch"),
    ("ъ", ""),
    ("ы", "y"),
    ("ь", ""),
    ("э", "e"),
    ("ю", "yu"),
    ("я", "ya"),
];

const OTHER_LATIN: [(&str, &str); 8] =
    [("дж", "j"), ("кс", "x"), ("к", "c"), ("й", "y"), ("х", "h"), ("ц", "c"), ("ю", "u"), ("я", "ia")];

/// Longest first.
const CYRILLIC: [(&str, &str); 49] = [
    ("shch", "щ"),
    ("sch", "щ"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ts", "ц"),
    ("tz", "ц"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("ph", "ф"),
    ("yu", "ю"),
    ("ju", "ю"),
    ("ya", "я"),
    ("ja", "я"),
    ("yo", "е"),
    ("jo", "е"),
    ("ye", "е"),
    ("je", "е"),
    ("iy", "ий"),
    ("ij", "ий"),
    ("yy", "ый"),
    ("yj", "ый"),
    ("yi", "ый"),
    ("ck", "к"),
    ("a", "а"),
    ("b", "б"),
    ("c", "ц"),
    ("d", "д"),
    ("e", "е"),
    ("f", "ф"),
    ("g", "г"),
    ("h", "х"),
    ("i", "и"),
    ("j", "й"),
    ("k", "к"),
    ("l", "л"),
    ("m", "м"),
    ("n", "н"),
    ("o", "о"),
    ("p", "п"),
    ("q", "к"),
    ("r", "р"),
    ("s", "с"),
    ("t", "т"),
    ("u", "у"),
    ("v", "в"),
    ("w", "в"),
    ("x", "кс"),
    ("y", "ы"),
    ("z", "з"),
];

const OTHER_CYRILLIC: [(&str, &str); 10] = [
    ("iya", "ия"),
    ("ia", "ия"),
    ("iu", "ю"),
    ("ee", "и"),
    ("oo", "у"),
    ("ya", "я"),
    ("yu", "ю"),
    ("c", "к"),
    ("h", "г"),
    ("y", "и"),
];

#[cfg(test)]
mod tests {
    use super::{Manner::*, *};

    #[test]
    fn russian_in_latin_letters_and_back() {
        for (latin, russian) in [
            ("matritsa", "матрица"),
            ("matrica", "матрица"),
            ("voyna i mir", "война и мир"),
            ("voina i mir", "война и мир"),
            ("andrei", "андрей"),
            ("sluzhebnyy roman", "служебный роман"),
            ("letyat zhuravli", "летят журавли"),
            ("moskva slezam ne verit", "москва слезам не верит"),
            ("osenniy marafon", "осенний марафон"),
            ("kavkazskaya plennica", "кавказская пленница"),
        ] {
            assert_eq!(in_cyrillic(latin, Usual), russian);
        }
        assert_eq!(in_cyrillic("mimino", Other), "мимино");
        assert_eq!(in_cyrillic("garri potter", Usual), "гарри поттер");
        assert_eq!(in_cyrillic("harri potter", Other), "гарри поттер");
        assert_eq!(in_cyrillic("ljubov", Usual), "любов");
        assert_eq!(in_latin("тарантино", Usual), "tarantino");
        assert_eq!(in_latin("щука", Usual), "shchuka");
        assert_eq!(in_latin("матрикс", Other), "matrix");
        assert_eq!(in_latin("хоббит", Other), "hobbit");
        assert_eq!(in_cyrillic("2001 ♥", Usual), "2001 ♥");
    }
}
