//! Numbers in other spellings: `2`, `II`, `two`, `два`.

/// Each number as digits, Roman, in English and in Russian; from one on.
const SPELLINGS: [[&str; 4]; 12] = [
    ["1", "i", "one", "один"],
    ["2", "ii", "two", "два"],
    ["3", "iii", "three", "три"],
    ["4", "iv", "four", "четыре"],
    ["5", "v", "five", "пять"],
    ["6", "vi", "six", "шесть"],
    ["7", "vii", "seven", "семь"],
    ["8", "viii", "eight", "восемь"],
    ["9", "ix", "nine", "девять"],
    ["10", "x", "ten", "десять"],
    ["11", "xi", "eleven", "одиннадцать"],
    ["12", "xii", "twelve", "двенадцать"],
];

/// Other spellings of a number, for other words none. Digits stand for all others; a word stands for the digits alone, or a
/// film of seven would be found by any seventh part.
pub(super) fn other_spellings(word: &str) -> Vec<String> {
    let Some(spellings) = SPELLINGS.iter().find(|spellings| spellings.contains(&word)) else {
        return Vec::new();
    };
    let digits = spellings[0];
    let others: &[&str] = if word == digits { &spellings[1..] } else { &spellings[..1] };
    others.iter().map(|spelling| (*spelling).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_in_any_spelling() {
        assert_eq!(other_spellings("2"), ["ii", "two", "два"]);
        assert_eq!(other_spellings("семь"), ["7"]);
        assert_eq!(other_spellings("xii"), ["12"]);
        assert_eq!(other_spellings("matrix"), [""; 0]);
    }
}
