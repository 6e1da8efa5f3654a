//! The rule by which a refresh token is traded for the next.
//!
//! A session knows the hash of its current refresh token and of that one's parent. The current token is spent for a
//! child. Within a grace the parent gives the same child again: tabs that race all end with a pair that works. The
//! child is derived from the parent, not stored. Anything older was stolen, or stolen from: the session ends.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// How long a spent token may still ask for its child.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// The hash under which a refresh token's id is kept.
pub type TokenHash = [u8; 32];

/// What a session remembers of its refresh tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The hash of the token that is good now.
    pub current: TokenHash,
    /// The hash of the token before.
    pub parent: Option<TokenHash>,
    /// When the parent was spent.
    pub rotated_at: DateTime<Utc>,
}

/// What to do with a refresh token that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the current one: spend it.
    Spend,
    /// It is the parent, just spent: give its child again.
    Repeat,
    /// It was spent before: end the session.
    Reused,
}

impl Lineage {
    /// A session's first token.
    pub fn begin(token_id: Uuid, now: DateTime<Utc>) -> Self {
        Self { current: hash(token_id), parent: None, rotated_at: now }
    }

    /// Judges a token that was shown.
    pub fn judge(&self, token_id: Uuid, now: DateTime<Utc>) -> Verdict {
        let shown = hash(token_id);
        if shown == self.current {
            Verdict::Spend
        } else if self.parent == Some(shown) && now - self.rotated_at <= GRACE {
            Verdict::Repeat
        } else {
            Verdict::Reused
        }
    }

    /// What a session remembers once its current token, this one, is spent.
    #[must_use]
    pub fn spent(token_id: Uuid, now: DateTime<Utc>) -> Self {
        Self { current: hash(child_of(token_id)), parent: Some(hash(token_id)), rotated_at: now }
    }
}

/// The id of the token that a token is traded for. Ids need no secrecy: the signature makes the token.
pub fn child_of(token_id: Uuid) -> Uuid {
    let digest = Sha256::new().chain_update(b"kino refresh child\0").chain_update(token_id).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The hash of a token's id.
pub fn hash(token_id: Uuid) -> TokenHash {
    Sha256::digest(token_id).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_780_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn current_parent_and_older() {
        let first = Uuid::from_u128(1);
        let second = child_of(first);
        let third = child_of(second);
        let lineage = Lineage::begin(first, at(0));
        assert_eq!(lineage.judge(first, at(5)), Verdict::Spend);
        let lineage = Lineage::spent(first, at(5));
        assert_eq!(lineage.judge(second, at(6)), Verdict::Spend);
        assert_eq!(lineage.judge(first, at(15)), Verdict::Repeat, "within the grace");
        assert_eq!(lineage.judge(first, at(16)), Verdict::Reused, "after it");
        let lineage = Lineage::spent(second, at(7));
        assert_eq!(lineage.judge(first, at(7)), Verdict::Reused, "a grandparent has no grace");
        assert_eq!(lineage.judge(third, at(7)), Verdict::Spend);
        assert_eq!(lineage.judge(Uuid::from_u128(9), at(7)), Verdict::Reused);
    }

    proptest! {
        /// However tabs race within the grace, all that show the current token or its parent end with one child.
        #[test]
        fn racing_tabs_agree(order in proptest::collection::vec(any::<bool>(), 1..50)) {
            let mut lineage = Lineage::begin(Uuid::from_u128(7), at(0));
            let held = Uuid::from_u128(7);
            let mut children = std::collections::HashSet::new();
            for (n, _) in order.iter().enumerate() {
                let now = at(i64::try_from(n).unwrap() / 10);
                match lineage.judge(held, now) {
                    Verdict::Spend => { lineage = Lineage::spent(held, now); children.insert(child_of(held)); }
                    Verdict::Repeat => { children.insert(child_of(held)); }
                    Verdict::Reused => prop_assert!(false, "a racing tab was logged out"),
                }
            }
            prop_assert_eq!(children.len(), 1);
        }
    }
}
