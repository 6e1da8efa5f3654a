//! Made people, in both alphabets. Some share a name, as people do.

use kino_domain::{Localized, PersonId};

use super::{
    dice::{Dice, Subject},
    made_id,
};
use crate::film::Person;

type Pair = (&'static str, &'static str);

const RUSSIAN_MEN: [Pair; 24] = [
    ("Alexander", "Александр"),
    ("Alexei", "Алексей"),
    ("Anatoly", "Анатолий"),
    ("Andrei", "Андрей"),
    ("Anton", "Антон"),
    ("Boris", "Борис"),
    ("Daniil", "Даниил"),
    ("Denis", "Денис"),
    ("Dmitri", "Дмитрий"),
    ("Egor", "Егор"),
    ("Fyodor", "Фёдор"),
    ("Georgy", "Георгий"),
    ("Gleb", "Глеб"),
    ("Grigory", "Григорий"),
    ("Igor", "Игорь"),
    ("Kirill", "Кирилл"),
    ("Konstantin", "Константин"),
    ("Leonid", "Леонид"),
    ("Maxim", "Максим"),
    ("Nikita", "Никита"),
    ("Oleg", "Олег"),
    ("Pavel", "Павел"),
    ("Roman", "Роман"),
    ("Sergei", "Сергей"),
];
const RUSSIAN_WOMEN: [Pair; 24] = [
    ("Alla", "Алла"),
    ("Anastasia", "Анастасия"),
    ("Anna", "Анна"),
    ("Daria", "Дарья"),
    ("Ekaterina", "Екатерина"),
    ("Elena", "Елена"),
    ("Galina", "Галина"),
    ("Irina", "Ирина"),
    ("Kira", "Кира"),
    ("Larisa", "Лариса"),
    ("Lidia", "Лидия"),
    ("Lyudmila", "Людмила"),
    ("Margarita", "Маргарита"),
    ("Maria", "Мария"),
    ("Marina", "Марина"),
    ("Nadezhda", "Надежда"),
    ("Natalia", "Наталья"),
    ("Nina", "Нина"),
    ("Olga", "Ольга"),
    ("Polina", "Полина"),
    ("Sofia", "София"),
    ("Svetlana", "Светлана"),
    ("Tatiana", "Татьяна"),
    ("Vera", "Вера"),
];
const RUSSIAN_STEMS: [Pair; 40] = [
    ("Abram", "Абрам"),
    ("Afanas", "Афанас"),
    ("Antip", "Антип"),
    ("Babush", "Бабуш"),
    ("Barano", "Барано"),
    ("Belo", "Бело"),
    ("Berez", "Берез"),
    ("Bogda", "Богда"),
    ("Bur", "Бур"),
    ("Cher", "Чер"),
    ("Demid", "Демид"),
    ("Dolgo", "Долго"),
    ("Ermak", "Ермак"),
    ("Filip", "Филип"),
    ("Garan", "Гаран"),
    ("Glad", "Глад"),
    ("Gorbun", "Горбун"),
    ("Gusar", "Гусар"),
    ("Ignat", "Игнат"),
    ("Kalash", "Калаш"),
    ("Karp", "Карп"),
    ("Kazar", "Казар"),
    ("Kolos", "Колос"),
    ("Kozyr", "Козыр"),
    ("Lapt", "Лапт"),
    ("Lugan", "Луган"),
    ("Makar", "Макар"),
    ("Mel", "Мел"),
    ("Morozo", "Морозо"),
    ("Nagor", "Нагор"),
    ("Ostr", "Остр"),
    ("Pankrat", "Панкрат"),
    ("Polyan", "Полян"),
    ("Rogal", "Рогал"),
    ("Rybak", "Рыбак"),
    ("Savel", "Савел"),
    ("Sobol", "Собол"),
    ("Tarkhan", "Тархан"),
    ("Ushak", "Ушак"),
    ("Zabor", "Забор"),
];
/// Of men and of women.
const RUSSIAN_ENDINGS: [(Pair, Pair); 5] = [
    (("ov", "ов"), ("ova", "ова")),
    (("in", "ин"), ("ina", "ина")),
    (("sky", "ский"), ("skaya", "ская")),
    (("kin", "кин"), ("kina", "кина")),
    (("enko", "енко"), ("enko", "енко")),
];
const MEN: [Pair; 28] = [
    ("Adam", "Адам"),
    ("Albert", "Альберт"),
    ("Bruno", "Бруно"),
    ("Carlos", "Карлос"),
    ("Daniel", "Дэниел"),
    ("David", "Дэвид"),
    ("Edgar", "Эдгар"),
    ("Erik", "Эрик"),
    ("Felix", "Феликс"),
    ("Frank", "Фрэнк"),
    ("George", "Джордж"),
    ("Harold", "Гарольд"),
    ("Hiro", "Хиро"),
    ("Hugo", "Уго"),
    ("Ivan", "Айвен"),
    ("Jack", "Джек"),
    ("James", "Джеймс"),
    ("Jean", "Жан"),
    ("Karl", "Карл"),
    ("Leo", "Лео"),
    ("Luca", "Лука"),
    ("Marco", "Марко"),
    ("Oscar", "Оскар"),
    ("Paul", "Пол"),
    ("Rafael", "Рафаэль"),
    ("Simon", "Саймон"),
    ("Thomas", "Томас"),
    ("Victor", "Виктор"),
];
const WOMEN: [Pair; 28] = [
    ("Agnes", "Агнес"),
    ("Alice", "Элис"),
    ("Amelia", "Амелия"),
    ("Astrid", "Астрид"),
    ("Bianca", "Бьянка"),
    ("Carla", "Карла"),
    ("Clara", "Клара"),
    ("Diana", "Диана"),
    ("Edith", "Эдит"),
    ("Ella", "Элла"),
    ("Emma", "Эмма"),
    ("Eva", "Ева"),
    ("Flora", "Флора"),
    ("Greta", "Грета"),
    ("Helen", "Хелен"),
    ("Ingrid", "Ингрид"),
    ("Isabel", "Изабель"),
    ("Judith", "Джудит"),
    ("Julia", "Джулия"),
    ("Karin", "Карин"),
    ("Laura", "Лора"),
    ("Linda", "Линда"),
    ("Lucia", "Лючия"),
    ("Mona", "Мона"),
    ("Nora", "Нора"),
    ("Rosa", "Роза"),
    ("Sara", "Сара"),
    ("Yuki", "Юки"),
];
const STEMS: [Pair; 40] = [
    ("Ack", "Эк"),
    ("Al", "Эл"),
    ("Bark", "Барк"),
    ("Bell", "Белл"),
    ("Berg", "Берг"),
    ("Black", "Блэк"),
    ("Bor", "Бор"),
    ("Brad", "Брэд"),
    ("Cald", "Калд"),
    ("Carl", "Карл"),
    ("Dal", "Дал"),
    ("Dor", "Дор"),
    ("El", "Эл"),
    ("Fair", "Фэр"),
    ("Fal", "Фал"),
    ("Gold", "Голд"),
    ("Grim", "Грим"),
    ("Hal", "Хал"),
    ("Hart", "Харт"),
    ("Hol", "Хол"),
    ("Kess", "Кесс"),
    ("Kil", "Кил"),
    ("Lang", "Ланг"),
    ("Lind", "Линд"),
    ("Mar", "Мар"),
    ("Mor", "Мор"),
    ("Nor", "Нор"),
    ("Oak", "Оук"),
    ("Os", "Ос"),
    ("Pal", "Пал"),
    ("Ram", "Рам"),
    ("Ros", "Рос"),
    ("Sand", "Санд"),
    ("Stan", "Стэн"),
    ("Tal", "Тал"),
    ("Tor", "Тор"),
    ("Val", "Вал"),
    ("Wal", "Уол"),
    ("Wes", "Уэс"),
    ("Win", "Уин"),
];
const ENDINGS: [Pair; 16] = [
    ("berg", "берг"),
    ("by", "би"),
    ("dale", "дейл"),
    ("den", "ден"),
    ("dez", "дес"),
    ("field", "филд"),
    ("ford", "форд"),
    ("gren", "грен"),
    ("ini", "ини"),
    ("ley", "ли"),
    ("man", "ман"),
    ("mer", "мер"),
    ("mond", "монд"),
    ("ston", "стон"),
    ("well", "уэлл"),
    ("wood", "вуд"),
];
/// Letters that stand between two names.
const INITIALS: [Pair; 14] = [
    ("A.", "А."),
    ("B.", "Б."),
    ("D.", "Д."),
    ("E.", "Э."),
    ("F.", "Ф."),
    ("G.", "Г."),
    ("K.", "К."),
    ("L.", "Л."),
    ("M.", "М."),
    ("N.", "Н."),
    ("P.", "П."),
    ("R.", "Р."),
    ("S.", "С."),
    ("T.", "Т."),
];

/// The n-th person of a seed.
pub(super) fn person(seed: u64, number: u32) -> Person {
    let mut dice = Dice::of(seed, Subject::Person, u64::from(number));
    let id = PersonId(made_id(u64::from(number), dice.bytes()));
    let (is_russian, is_woman) = (dice.chance(40), dice.chance(45));
    let full_name = if is_russian { russian(&mut dice, is_woman) } else { foreign(&mut dice, is_woman) };
    Person { id, full_name }
}

/// A first name alone, of a hero.
pub(super) fn first_name(dice: &mut Dice) -> Pair {
    let names: [&[Pair]; 4] = [&RUSSIAN_MEN, &RUSSIAN_WOMEN, &MEN, &WOMEN];
    let names = dice.one(&names);
    dice.one(names)
}

fn russian(dice: &mut Dice, is_woman: bool) -> Localized {
    let (en, ru) = dice.one(if is_woman { &RUSSIAN_WOMEN } else { &RUSSIAN_MEN });
    let (stem_en, stem_ru) = dice.one(&RUSSIAN_STEMS);
    let (man, woman) = dice.one(&RUSSIAN_ENDINGS);
    let (end_en, end_ru) = if is_woman { woman } else { man };
    Localized::both(format!("{ru} {stem_ru}{end_ru}"), format!("{en} {stem_en}{end_en}"))
}

fn foreign(dice: &mut Dice, is_woman: bool) -> Localized {
    let (en, ru) = dice.one(if is_woman { &WOMEN } else { &MEN });
    let (stem_en, stem_ru) = dice.one(&STEMS);
    let (end_en, end_ru) = dice.one(&ENDINGS);
    if dice.chance(60) {
        let (initial_en, initial_ru) = dice.one(&INITIALS);
        let ru = format!("{ru} {initial_ru} {stem_ru}{end_ru}");
        return Localized::both(ru, format!("{en} {initial_en} {stem_en}{end_en}"));
    }
    Localized::both(format!("{ru} {stem_ru}{end_ru}"), format!("{en} {stem_en}{end_en}"))
}
