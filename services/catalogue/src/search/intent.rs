//! What a query may mean: its readings, in words, and how forgivingly they are compared. The engines share this, so that
//! both find the same.
//!
//! A query is read more and more widely until enough is found: see [`Strictness`]. How widely does not depend on filters,
//! only on what the caller may see: choosing a facet's value gives as many films as the facet said.

use super::{
    layout, numbers,
    sound::{self, Manner},
    text::{QUERY_LONGEST, is_little, query_words, whole, whole_without_little},
};

/// A query, understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Intent {
    /// As typed first, then on the other keyboard layout and in the other alphabet; no two with the same words.
    pub(crate) readings: Vec<Reading>,
}

/// One way to read a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// At least one that is not little, unless all are meant.
    pub(crate) words: Vec<Word>,
    /// The words with single spaces between: to be compared with whole titles and names.
    pub(crate) whole: String,
    /// The same without little words: the whole titles are kept so too.
    pub(crate) whole_without_little: String,
    /// A whole title, where the last word is a year that it may be of.
    pub(crate) title_and_year: Option<(String, i32)>,
    pub(crate) is_typed: bool,
    /// What a match is worth beside one as typed.
    pub(crate) weight: f32,
}

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Folded, ё as е, without accents.
    pub(crate) text: String,
    pub(crate) stem: String,
    /// What means the same: a number in other spellings.
    pub(crate) other_spellings: Vec<String>,
    /// "and", "the": need not be found, and is not looked for but within phrases.
    pub(crate) is_little: bool,
    /// The last word, if it is not a single letter that stands alone: it may be a word's beginning.
    pub(crate) may_be_unfinished: bool,
}

/// How strictly words are compared: tried in this order, until [enough](Self::is_enough) is found. Each finds what those
/// before it find, and values it as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strictness {
    /// As typed: every word, its stem, or its beginning for the last one; in titles, names, genres, keywords and years.
    /// And whole titles in every reading.
    Exact,
    /// In descriptions too; and the other readings in titles and names; and typos of the query as typed there, but not in a
    /// first letter.
    Wide,
    /// Typos in every reading, in a long word also in the first letter; other readings in descriptions too.
    Typos,
    /// Of several words some may be [missing](Reading::may_be_missing).
    Loose,
}

/// Of a reading on the other keyboard layout: what is a word on one is hardly ever one on the other.
const OTHER_LAYOUT: f32 = 0.8;
/// Of a reading by sound, in the usual manner and in the other.
const BY_SOUND: [f32; 2] = [0.7, 0.6];
/// Fewer films than this are little, and wider readings are tried.
const ENOUGH: u64 = 3;
/// From how many letters on a typo is forgiven, and from how many on two.
const ONE_TYPO_FROM: usize = 4;
const TWO_TYPOS_FROM: usize = 8;
/// From how many letters on one in the first letter is.
const FIRST_LETTER_FROM: usize = 5;
/// Years that films may be of.
const YEARS: std::ops::RangeInclusive<i32> = 1870..=2100;

impl Intent {
    /// Reads a query; none where it has no word.
    pub(crate) fn of(query: &str) -> Option<Self> {
        let mut readings = vec![Reading::of(query, 1.0, true)?];
        for (text, weight) in other_readings(query) {
            readings.extend(Reading::of(&text, weight, false).filter(|reading| {
                // Numbers are the same in every reading.
                readings.iter().all(|other| other.whole != reading.whole)
            }));
        }
        Some(Self { readings })
    }

    /// How strictly it is read, one after the other: a step that would find what the one before it did is left out.
    pub(crate) fn steps(&self) -> impl Iterator<Item = Strictness> {
        let may_be_missing = self.readings.iter().any(|reading| reading.may_be_missing() > 0);
        let steps = Strictness::ALL.into_iter();
        steps.filter(move |step| may_be_missing || !step.forgives_missing_words())
    }

    /// The query as typed.
    pub(crate) fn typed(&self) -> &Reading {
        &self.readings[0]
    }
}

/// The same text on the other keyboard layout and in the other alphabet.
fn other_readings(query: &str) -> [(String, f32); 3] {
    let query: String = query.chars().take(QUERY_LONGEST).collect::<String>().to_lowercase();
    let is_russian = query.chars().any(|c| matches!(c, 'а'..='я' | 'ё'));
    let (other_keys, by_sound): (_, fn(&str, Manner) -> String) = if is_russian {
        (layout::in_english(&query), sound::in_latin)
    } else {
        (layout::in_russian(&query), sound::in_cyrillic)
    };
    [
        (other_keys, OTHER_LAYOUT),
        (by_sound(&query, Manner::Usual), BY_SOUND[0]),
        (by_sound(&query, Manner::Other), BY_SOUND[1]),
    ]
}

impl Reading {
    fn of(query: &str, weight: f32, is_typed: bool) -> Option<Self> {
        let words = query_words(query);
        let last = words.len().checked_sub(1)?;
        let all_are_little = words.iter().all(|(text, _)| is_little(text));
        let words: Vec<Word> = words
            .into_iter()
            .enumerate()
            .map(|(place, (text, stem))| Word {
                is_little: !all_are_little && is_little(&text),
                may_be_unfinished: place == last
                    && !is_number(&text)
                    && (last > 0 || text.chars().count() > 1),
                other_spellings: numbers::other_spellings(&text),
                text,
                stem,
            })
            .collect();
        let whole = whole(query);
        let title_and_year =
            words[last].year().and_then(|year| Some((whole.rsplit_once(' ')?.0.to_owned(), year)));
        let whole_without_little = whole_without_little(&whole);
        Some(Self { words, whole, whole_without_little, title_and_year, is_typed, weight })
    }

    /// The words that must be found.
    pub(crate) fn meant(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(|word| !word.is_little)
    }

    /// How many of the [meant](Self::meant) words need not be found when nothing else is: one of two or three, two of up to
    /// six.
    pub(crate) fn may_be_missing(&self) -> usize {
        match self.meant().count() {
            0 | 1 => 0,
            count => count.div_ceil(3),
        }
    }
}

impl Word {
    /// How many letters may be wrong. Counted in letters, so that Russian is forgiven as much as English.
    pub(crate) fn typos_forgiven(&self) -> u8 {
        // Years and parts ("2") are meant as they stand.
        if is_number(&self.text) {
            return 0;
        }
        match self.text.chars().count() {
            ..ONE_TYPO_FROM => 0,
            ONE_TYPO_FROM..TWO_TYPOS_FROM => 1,
            TWO_TYPOS_FROM.. => 2,
        }
    }

    /// Whether its first letter may be wrong.
    pub(crate) fn first_letter_may_be_wrong(&self) -> bool {
        self.typos_forgiven() > 0 && self.text.chars().count() >= FIRST_LETTER_FROM
    }

    /// How far this other word is: one for a letter wrong, missing, too many, or two in each other's place; one more where
    /// the first letter is wrong. None where it is farther than is forgiven.
    pub(crate) fn typos_to(&self, other: &str) -> Option<u8> {
        let forgiven = self.typos_forgiven();
        let is_first_right = self.text.chars().next() == other.chars().next();
        // Cheaper than to compare.
        let may_be_meant = is_first_right || self.first_letter_may_be_wrong();
        if !may_be_meant || self.text.chars().count().abs_diff(other.chars().count()) > forgiven.into() {
            return None;
        }
        let typos = u8::try_from(strsim::osa_distance(&self.text, other)).unwrap_or(u8::MAX);
        let counted = if is_first_right { typos } else { typos.saturating_add(1) };
        (typos <= forgiven).then_some(counted)
    }

    /// The year that it may be.
    pub(crate) fn year(&self) -> Option<i32> {
        self.text.parse().ok().filter(|year| YEARS.contains(year))
    }
}

fn is_number(word: &str) -> bool {
    word.chars().all(char::is_numeric)
}

impl Strictness {
    /// From strict to loose.
    pub(crate) const ALL: [Self; 4] = [Self::Exact, Self::Wide, Self::Typos, Self::Loose];

    /// How it stands in cursors.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// The one of this number.
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether so many films are enough, of those that the caller may see, before any filter.
    pub(crate) const fn is_enough(self, found: u64) -> bool {
        match self {
            Self::Exact => found >= ENOUGH,
            Self::Wide | Self::Typos | Self::Loose => found > 0,
        }
    }

    /// Whether the words of this reading are looked for at all.
    pub(crate) const fn reads(self, reading: &Reading) -> bool {
        reading.is_typed || !matches!(self, Self::Exact)
    }

    /// Whether they are looked for in descriptions.
    pub(crate) const fn reads_descriptions(self, reading: &Reading) -> bool {
        match self {
            Self::Exact => false,
            Self::Wide => reading.is_typed,
            Self::Typos | Self::Loose => true,
        }
    }

    /// Whether a word of this reading may be misspelt.
    pub(crate) const fn forgives_typos(self, reading: &Reading) -> bool {
        match self {
            Self::Exact => false,
            Self::Wide => reading.is_typed,
            Self::Typos | Self::Loose => true,
        }
    }

    /// Whether that may be in the first letter.
    pub(crate) const fn forgives_first_letters(self) -> bool {
        matches!(self, Self::Typos | Self::Loose)
    }

    /// Whether [words may be missing](Reading::may_be_missing).
    pub(crate) const fn forgives_missing_words(self) -> bool {
        matches!(self, Self::Loose)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wholes(query: &str) -> Vec<String> {
        Intent::of(query).unwrap().readings.into_iter().map(|reading| reading.whole).collect()
    }

    fn word(text: &str) -> Word {
        Intent::of(text).unwrap().readings.swap_remove(0).words.swap_remove(0)
    }

    #[test]
    fn a_query_is_read_in_either_alphabet_and_on_either_layout() {
        for (query, meant) in [
            ("Тарантино", "tarantino"),
            ("matritsa", "матрица"),
            ("matrica", "матрица"),
            ("vfnhbwf", "матрица"),
            ("ьфекшч", "matrix"),
            ("voyna i mir", "война и мир"),
            ("Ljqnb lj", "дойти до"),
        ] {
            let wholes = wholes(query);
            assert!(wholes[1..].contains(&meant.to_owned()), "{query}: {wholes:?}");
        }
        assert_eq!(wholes("2001"), ["2001"], "a number is the same in every reading");
        assert_eq!(Intent::of(" ?! 🎬 \"\" "), None);
    }

    #[test]
    fn little_words_are_not_meant_unless_there_are_no_others() {
        let intent = Intent::of("the matrix").unwrap();
        assert_eq!(intent.typed().meant().map(|word| &*word.text).collect::<Vec<_>>(), ["matrix"]);
        assert_eq!(intent.typed().whole_without_little, "matrix");
        assert_eq!(Intent::of("and the").unwrap().typed().meant().count(), 2);
    }

    #[test]
    fn only_the_last_word_may_be_unfinished() {
        let intent = Intent::of("star wa").unwrap();
        assert_eq!(
            intent.typed().words.iter().map(|word| word.may_be_unfinished).collect::<Vec<_>>(),
            [false, true]
        );
        assert!(!word("w").may_be_unfinished);
        assert!(!word("20").may_be_unfinished, "numbers are meant as they stand");
    }

    #[test]
    fn typos_are_counted_in_letters_and_the_first_is_trusted_more() {
        assert_eq!(word("кот").typos_to("код"), None);
        assert_eq!(word("вйоны").typos_to("войны"), Some(1), "letters that changed places");
        assert_eq!(word("войн").typos_to("войны"), Some(1));
        assert_eq!(word("star").typos_to("tsar"), None, "a wrong first letter in a short word");
        assert_eq!(word("patrix").typos_to("matrix"), Some(2), "counts more in a longer one");
        assert_eq!(word("терминвтар").typos_to("терминатор"), Some(2));
        assert_eq!(word("1999").typos_to("1998"), None);
    }

    #[test]
    fn a_number_may_be_a_year() {
        assert_eq!(word("1972").year(), Some(1972));
        assert_eq!(word("12").year(), None);
        assert_eq!(word("9999").year(), None);
        let title_and_year = |query: &str| Intent::of(query).unwrap().typed().title_and_year.clone();
        assert_eq!(title_and_year("The Return, 2003"), Some(("the return".into(), 2003)));
        assert_eq!(title_and_year("1917"), None);
        assert_eq!(title_and_year("2001 odyssey"), None);
    }

    #[test]
    fn one_word_cannot_be_missing_and_is_not_looked_for_without_it() {
        let steps = |query: &str| Intent::of(query).unwrap().steps().collect::<Vec<_>>();
        assert_eq!(steps("matrix"), Strictness::ALL[..3]);
        assert_eq!(steps("matrix reloaded"), Strictness::ALL);
        // One word on the other layout, but two as typed.
        assert_eq!(steps("kor,yf"), Strictness::ALL);
    }

    #[test]
    fn of_several_words_some_may_be_missing() {
        let missing = |query: &str| Intent::of(query).unwrap().typed().may_be_missing();
        assert_eq!([missing("a b"), missing("b c d"), missing("b c d e")], [0, 1, 2]);
        assert_eq!([missing("matrix"), missing("matrix film"), missing("the matrix")], [0, 1, 0]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(query in "\\PC{0,400}") {
            if let Some(intent) = Intent::of(&query) {
                prop_assert!(intent.readings.iter().all(|reading| reading.meant().count() > 0));
            }
        }
    }
}
