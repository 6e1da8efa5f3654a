//! IMDb's ids by their numbers: `tt0111161` is 111161. There are tens of millions of them, so sets are bits.

/// More than there are ids for a long time; a larger number is a slip of the pen, and would take memory.
const LARGEST: u32 = 1 << 28;

/// The number in an id, such as `tt0111161` with the prefix `tt`.
pub(super) fn number(prefix: &str, id: &str) -> Result<u32, String> {
    let digits = id.strip_prefix(prefix).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .filter(|number| *number < LARGEST)
        .ok_or_else(|| format!("the id {id:?} is not {prefix} and a number"))
}

/// A set of numbers, a bit each.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<u64>);

impl Numbers {
    pub(super) fn insert(&mut self, number: u32) {
        let (word, bit) = place(number);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= bit;
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let (word, bit) = place(number);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

const fn place(number: u32) -> (usize, u64) {
    ((number / 64) as usize, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_numbers() {
        assert_eq!(number("tt", "tt0111161"), Ok(111_161));
        for id in ["nm0111161", "tt", "tt+1", "tt1x", "tt99999999999", "tt999999999"] {
            assert!(number("tt", id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut numbers = Numbers::default();
        for number in [0, 63, 64, 1_000_000] {
            numbers.insert(number);
        }
        let held: Vec<_> = (0..1_000_001).filter(|number| numbers.contains(*number)).collect();
        assert_eq!(held, [0, 63, 64, 1_000_000]);
        assert!(!numbers.contains(u32::MAX));
    }
}
