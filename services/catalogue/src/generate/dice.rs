//! Throws that are the same everywhere, for ever: a published generator, and nothing but whole numbers made of it.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// What is thrown for; each has throws of its own, whatever the others take.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    Film = 0,
    Person = 1,
}

/// The dice of one film or person.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn of(seed: u64, subject: Subject, number: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream((number << 1) | subject as u64);
        Self(generator)
    }

    /// A number from 0 to below this.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        // The upper half of the product: there is no division, and the bias is far below what anyone would see.
        u32::try_from((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32).unwrap_or_default()
    }

    pub(super) fn range(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from + 1)
    }

    /// True so many times in a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(u32::try_from(of.len()).unwrap_or(u32::MAX)) as usize]
    }

    /// A number from 0 to below this, the small ones far more often: the n-th about n times less often than the first.
    pub(super) fn zipf(&mut self, bound: u32) -> u32 {
        let magnitude = self.below(32 - bound.leading_zeros());
        let number = (1 << magnitude) + self.below(1 << magnitude);
        (number - 1) % bound
    }

    pub(super) fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_thrown_more_often() {
        let mut dice = Dice::of(1, Subject::Film, 0);
        let mut times = [0; 1000];
        for _ in 0..100_000 {
            times[dice.zipf(1000) as usize] += 1;
        }
        assert!(times[0] > 5 * times[9] && times[9] > 5 * times[99], "{:?}", &times[..10]);
        assert!(times[500..].iter().sum::<i32>() > 1000, "the last come too");
    }

    #[test]
    fn every_film_has_dice_of_its_own() {
        let throw = |seed, subject, number| Dice::of(seed, subject, number).bytes();
        let one = throw(1, Subject::Film, 1);
        assert_eq!(one, throw(1, Subject::Film, 1));
        for other in [throw(2, Subject::Film, 1), throw(1, Subject::Film, 2), throw(1, Subject::Person, 1)] {
            assert_ne!(one, other);
        }
    }
}
