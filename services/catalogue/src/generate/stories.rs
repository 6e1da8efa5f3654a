//! Made descriptions: one to three sentences that say the same in both languages. Russian verbs stand in the present,
//! which knows no gender.

use kino_domain::Localized;

use super::{
    dice::Dice,
    people::first_name,
    words::{ADJECTIVES, Gender, NOUNS, PLACES},
};

const WORK: [(&str, &str); 20] = [
    ("a doctor", "врач"),
    ("an architect", "архитектор"),
    ("a pilot", "лётчик"),
    ("a detective", "детектив"),
    ("a librarian", "библиотекарь"),
    ("a captain", "капитан"),
    ("a musician", "музыкант"),
    ("a journalist", "журналист"),
    ("an engineer", "инженер"),
    ("a spy", "шпион"),
    ("a cook", "повар"),
    ("a photographer", "фотограф"),
    ("a judge", "судья"),
    ("a thief", "вор"),
    ("an astronomer", "астроном"),
    ("a soldier", "солдат"),
    ("an actor", "актёр"),
    ("a geologist", "геолог"),
    ("a chess player", "шахматист"),
    ("a smuggler", "контрабандист"),
];
const BEGINS: [(&str, &str); 16] = [
    ("comes home after many years", "возвращается домой спустя много лет"),
    ("finds a letter that was meant for someone else", "находит письмо, которое предназначалось другому"),
    ("witnesses a crime that nobody believes in", "видит преступление, в которое никто не верит"),
    ("inherits a house by the sea", "получает в наследство дом у моря"),
    ("loses everything in a single night", "теряет всё за одну ночь"),
    ("is offered one last job", "получает предложение о последнем деле"),
    ("hears a signal that should not exist", "слышит сигнал, которого не должно быть"),
    ("joins an expedition to the far north", "присоединяется к экспедиции на дальний север"),
    ("meets a stranger on a night train", "встречает незнакомца в ночном поезде"),
    ("discovers a map drawn by hand", "обнаруживает карту, нарисованную от руки"),
    ("is mistaken for a famous impostor", "попадает на место знаменитого самозванца"),
    ("agrees to look after a neighbour's child", "соглашается присмотреть за соседским ребёнком"),
    ("searches for a brother who vanished in the war", "ищет брата, пропавшего на войне"),
    ("rebuilds an old theatre", "восстанавливает старый театр"),
    ("wakes up in a city without people", "просыпается в городе без людей"),
    ("takes part in a game whose rules are secret", "участвует в игре, правила которой держат в тайне"),
];
const TURNS: [(&str, &str); 12] = [
    ("But the past does not let go.", "Но прошлое не отпускает."),
    ("Soon nobody can be trusted.", "Вскоре верить нельзя уже никому."),
    ("There are only three days left.", "Остаётся только три дня."),
    ("The whole town seems to know more than it says.", "Весь город, кажется, знает больше, чем говорит."),
    ("Every answer brings a new question.", "Каждый ответ приносит новый вопрос."),
    ("The price turns out to be higher than agreed.", "Цена оказывается выше, чем договаривались."),
    ("Someone is always one step ahead.", "Кто-то всё время на шаг впереди."),
    ("An old friend appears on the other side.", "Старый друг оказывается по другую сторону."),
    (
        "What began as a joke becomes a matter of life and death.",
        "То, что начиналось как шутка, становится делом жизни и смерти.",
    ),
    ("The storm closes the only road.", "Буря закрывает единственную дорогу."),
    ("Love comes at the worst possible moment.", "Любовь приходит в самый неподходящий момент."),
    ("The truth lies closer than anyone thought.", "Правда лежит ближе, чем кто-либо думал."),
];

/// A description, and what it is about: its keywords, in either language.
pub(super) fn story(dice: &mut Dice) -> (Localized, Vec<String>) {
    let ((name_en, name_ru), (work_en, work_ru)) = (first_name(dice), dice.one(&WORK));
    let ((place_en, place_ru), (begin_en, begin_ru)) = (dice.one(&PLACES), dice.one(&BEGINS));
    let mut en = format!("{name_en}, {work_en} from {place_en}, {begin_en}.");
    let mut ru = format!("{name_ru}, {work_ru} из {place_ru}, {begin_ru}.");
    let sentences = dice.range(1, 3);
    if sentences > 1 {
        let (turn_en, turn_ru) = dice.one(&TURNS);
        en = format!("{en} {turn_en}");
        ru = format!("{ru} {turn_ru}");
    }
    if sentences > 2 {
        let ((adjective, forms), noun) = (dice.one(&ADJECTIVES), dice.one(&NOUNS));
        let form = forms[match noun.gender {
            Gender::Masculine => 0,
            Gender::Feminine => 1,
            Gender::Neuter => 2,
        }];
        en = format!("{en} And then there is the {} {}.", adjective.to_lowercase(), noun.en.to_lowercase());
        ru = format!("{ru} А ещё есть {form} {}.", noun.ru);
    }
    let mut keywords = vec![work_en.split_once(' ').map_or(work_en, |(_, work)| work).to_owned()];
    for _ in 0..dice.range(1, 3) {
        let noun = dice.one(&NOUNS);
        keywords.push(if dice.chance(30) { noun.ru.to_owned() } else { noun.en.to_lowercase() });
    }
    keywords.sort_unstable();
    keywords.dedup();
    (Localized::both(ru, en), keywords)
}
