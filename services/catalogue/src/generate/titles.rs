//! Made titles, the same in both languages.

use kino_domain::Localized;

use super::{
    dice::Dice,
    people::first_name,
    words::{ADJECTIVES, DEEDS, Gender, MANY, NOUNS, NUMBERS, Noun, PARTS, PLACES},
};

/// English and Russian.
type Both = (String, String);

/// A title, which may be that of a next part.
pub(super) fn title(dice: &mut Dice) -> Localized {
    let (mut en, mut ru) = match dice.below(100) {
        0..30 => described(dice, true),
        30..48 => of_something(dice),
        48..58 => of_a_place(dice),
        58..68 => counted(dice),
        68..76 => names(dice),
        76..86 => deed(dice),
        _ => {
            // Two titles in one: there are as many as anyone wants.
            let ((en, ru), (more_en, more_ru)) = (described(dice, true), of_something(dice));
            (format!("{en}: {more_en}"), format!("{ru}: {more_ru}"))
        }
    };
    match dice.below(100) {
        0..6 => {
            let part = dice.range(2, 5);
            (en, ru) = (format!("{en} {part}"), format!("{ru} {part}"));
        }
        6..10 if !en.contains(':') => {
            let (part_en, part_ru) = dice.one(&PARTS);
            (en, ru) = (format!("{en}: {part_en}"), format!("{ru}: {part_ru}"));
        }
        _ => {}
    }
    Localized::both(capitalized(&ru), en)
}

/// "The Northern Wind", "северный ветер".
fn described(dice: &mut Dice, with_article: bool) -> Both {
    let (adjective, forms) = dice.one(&ADJECTIVES);
    let Noun { en, ru, gender, .. } = dice.one(&NOUNS);
    let form = match gender {
        Gender::Masculine => forms[0],
        Gender::Feminine => forms[1],
        Gender::Neuter => forms[2],
    };
    let article = if with_article && dice.chance(60) { "The " } else { "" };
    (format!("{article}{adjective} {en}"), format!("{form} {ru}"))
}

/// "Shadow of the City", "тень города".
fn of_something(dice: &mut Dice) -> Both {
    let (what, whose) = (dice.one(&NOUNS), dice.one(&NOUNS));
    (format!("{} of the {}", what.en, whose.en), format!("{} {}", what.ru, whose.of_ru))
}

/// "The Old Bridge of Prague", "старый мост Праги".
fn of_a_place(dice: &mut Dice) -> Both {
    let (en, ru) = described(dice, true);
    let (place_en, place_ru) = dice.one(&PLACES);
    (format!("{en} of {place_en}"), format!("{ru} {place_ru}"))
}

/// "Seven Nights", "семь ночей".
fn counted(dice: &mut Dice) -> Both {
    let ((number_en, number_ru), (en, ru)) = (dice.one(&NUMBERS), dice.one(&MANY));
    let (place_en, place_ru) = dice.one(&PLACES);
    (format!("{number_en} {en} of {place_en}"), format!("{number_ru} {ru} {place_ru}"))
}

/// "Anna and Victor", "Анна и Виктор".
fn names(dice: &mut Dice) -> Both {
    let ((first_en, first_ru), (second_en, second_ru)) = (first_name(dice), first_name(dice));
    if first_en == second_en {
        return (first_en.to_owned(), first_ru.to_owned());
    }
    (format!("{first_en} and {second_en}"), format!("{first_ru} и {second_ru}"))
}

/// "When the Sea Remembers", "когда море помнит".
fn deed(dice: &mut Dice) -> Both {
    let ((en, ru), (deed_en, deed_ru)) = (described(dice, false), dice.one(&DEEDS));
    (format!("When the {en} {deed_en}"), format!("когда {ru} {deed_ru}"))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
