//! The keys that there are, and the rule of what each is for at a moment: which one signs, which is published ahead
//! of that, which only verifies what it signed before.

use std::{cmp::Ordering, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::JwkSet;

use super::Key;

/// A key signs this long after it was made. Those who verify ask for the keys every minute, and what they get may be
/// a minute old (`max-age=60`): by then all of them know it.
const PUBLISHED_AHEAD: TimeDelta = TimeDelta::minutes(2);
/// A server hears of a new key some seconds late, and its clock may differ: it may sign with the old one a while
/// longer.
const MARGIN: TimeDelta = TimeDelta::hours(1);

/// The keys, oldest first; at least one.
#[derive(Clone, Debug)]
pub struct Ring(Vec<Arc<Key>>);

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is published, and signs later.
    PublishedAhead {
        /// When it signs.
        signs_from: DateTime<Utc>,
    },
    /// It signs.
    Signs,
    /// A newer key signs; tokens of this one are still good.
    Verifies {
        /// When the last of them has expired.
        until: DateTime<Utc>,
    },
    /// Its last token has expired.
    Over,
}

impl Ring {
    /// A ring of these keys; none of none.
    pub(super) fn new(mut keys: Vec<Arc<Key>>) -> Option<Self> {
        keys.sort_by(|a, b| a.made_at.cmp(&b.made_at).then_with(|| a.file.cmp(&b.file)));
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// The key that signs.
    pub(super) fn signing(&self, now: DateTime<Utc>) -> &Key {
        &self.0[self.position(now)]
    }

    /// The key that was made last.
    pub fn newest(&self) -> &Key {
        &self.0[self.0.len() - 1]
    }

    /// How many keys there are.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// What each key is for, where tokens live at most `lifetime`; oldest first.
    pub fn states(&self, now: DateTime<Utc>, lifetime: TimeDelta) -> impl Iterator<Item = (&Key, KeyState)> {
        let signing = self.position(now);
        self.0.iter().enumerate().map(move |(n, key)| {
            let state = match n.cmp(&signing) {
                Ordering::Greater => KeyState::PublishedAhead { signs_from: signs_from(key) },
                Ordering::Equal => KeyState::Signs,
                Ordering::Less => {
                    let until = signs_from(&self.0[n + 1]) + lifetime + MARGIN;
                    if now < until { KeyState::Verifies { until } } else { KeyState::Over }
                }
            };
            (&**key, state)
        })
    }

    pub(super) fn of_id(&self, kid: &str) -> Option<&Arc<Key>> {
        self.0.iter().find(|key| key.kid == kid)
    }

    pub(super) fn of_file(&self, file: &Path) -> Option<&Arc<Key>> {
        self.0.iter().find(|key| key.file == file)
    }

    /// Whether it holds the very same keys.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| Arc::ptr_eq(a, b))
    }

    /// All keys, as others verify with them.
    pub(super) fn published(&self) -> JwkSet {
        JwkSet { keys: self.0.iter().map(|key| key.jwk.clone()).collect() }
    }

    /// The newest key whose time has come. Before any has, the oldest: it is published for the longest.
    fn position(&self, now: DateTime<Utc>) -> usize {
        self.0.iter().rposition(|key| signs_from(key) <= now).unwrap_or(0)
    }
}

fn signs_from(key: &Key) -> DateTime<Utc> {
    key.made_at + PUBLISHED_AHEAD
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{
        super::{SigningAlgorithm, file::KeyName},
        *,
    };

    const LIFETIME: TimeDelta = TimeDelta::days(30);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    /// A ring of keys that were made at these moments.
    fn ring(made: &[i64]) -> Ring {
        let folder = tempfile::tempdir().unwrap();
        let algorithm = SigningAlgorithm::EdDsa;
        let keys = made.iter().map(|seconds| {
            let file = folder.path().join(KeyName { made_at: at(*seconds), algorithm }.to_string());
            fs::write(&file, algorithm.generate().unwrap()).unwrap();
            Arc::new(Key::read(&file).unwrap())
        });
        Ring::new(keys.collect()).unwrap()
    }

    /// When the key that signs was made.
    fn signing(ring: &Ring, now: i64) -> i64 {
        (ring.signing(at(now)).made_at - at(0)).num_seconds()
    }

    fn states(ring: &Ring, now: i64) -> Vec<KeyState> {
        ring.states(at(now), LIFETIME).map(|(_, state)| state).collect()
    }

    #[test]
    fn there_is_no_ring_of_no_keys() {
        assert!(Ring::new(Vec::new()).is_none());
    }

    #[test]
    fn the_only_key_signs_at_once_and_always() {
        let ring = ring(&[0]);
        for now in [-1_000_000, -1, 0, 1, 119, 120, 1_000_000_000] {
            assert_eq!(signing(&ring, now), 0, "{now}");
            assert_eq!(states(&ring, now), [KeyState::Signs], "{now}");
        }
    }

    #[test]
    fn a_new_key_is_published_before_it_signs() {
        let ring = ring(&[1000, 0]);
        assert_eq!((ring.newest().made_at, ring.published().keys.len()), (at(1000), 2));
        assert_eq!((signing(&ring, 1000), signing(&ring, 1119)), (0, 0));
        assert_eq!((signing(&ring, 1120), signing(&ring, 9999)), (1000, 1000));
        assert_eq!(states(&ring, 1119), [KeyState::Signs, KeyState::PublishedAhead { signs_from: at(1120) }]);
    }

    #[test]
    fn an_old_key_verifies_until_its_last_token_has_expired() {
        let ring = ring(&[0, 1000]);
        let until = at(1120) + LIFETIME + MARGIN;
        let over = (until - at(0)).num_seconds();
        assert_eq!(states(&ring, 1120), [KeyState::Verifies { until }, KeyState::Signs]);
        assert_eq!(states(&ring, over - 1), [KeyState::Verifies { until }, KeyState::Signs]);
        assert_eq!(states(&ring, over), [KeyState::Over, KeyState::Signs]);
    }

    #[test]
    fn a_key_in_the_middle_counts_from_the_one_behind_it() {
        let ring = ring(&[0, 1000, 2_000_000]);
        let now = 2_000_120 + LIFETIME.num_seconds();
        let until = at(2_000_120) + LIFETIME + MARGIN;
        assert_eq!(states(&ring, now), [KeyState::Over, KeyState::Verifies { until }, KeyState::Signs]);
    }

    #[test]
    fn of_keys_made_in_quick_succession_the_oldest_signs_until_one_is_due() {
        let ring = ring(&[0, 1, 2]);
        assert_eq!((signing(&ring, 2), signing(&ring, 119)), (0, 0));
        assert_eq!((signing(&ring, 120), signing(&ring, 121), signing(&ring, 122)), (0, 1, 2));
    }

    #[test]
    fn when_the_clock_goes_back_a_published_key_signs_and_none_is_over() {
        let ring = ring(&[0, 1000]);
        assert_eq!(signing(&ring, 2000), 1000);
        assert_eq!((signing(&ring, 900), signing(&ring, -900)), (0, 0));
        for now in [900, -900] {
            assert_eq!(
                states(&ring, now),
                [KeyState::Signs, KeyState::PublishedAhead { signs_from: at(1120) }]
            );
        }
    }
}
