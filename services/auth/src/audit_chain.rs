//! Walking the audit log from its first entry to its head: is each entry as it was written, and is none missing?
//!
//! Who can write to the database, but has no data key, cannot forge a seal; still, they could cut the end off and put the
//! head back. Who has the key too could seal everything anew. Against both helps an end of the log that was noted
//! elsewhere: an [`AuditMark`].

use std::{fmt, path::Path, str::FromStr};

use kino_engine::{Database, database::DbErr};

use crate::{
    audit,
    keys::KeyError,
    secrets::Secrets,
    store::audit::{Entry, Head, Seal, head, sealed_from},
};

/// Entries read in one go.
const BATCH: u64 = 1000;

/// An entry's position and seal. The seal stands for all entries up to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditMark {
    /// From 1.
    pub position: i64,
    seal: Seal,
}

/// A text that is no [`AuditMark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write it as `kino audit verify` told it: POSITION:SEAL, the seal in 64 hexadecimal digits")]
pub struct NoAuditMark;

/// What came of walking the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditVerdict {
    /// Every entry is as it was written; the last of them, if there is any.
    Whole(Option<AuditMark>),
    /// Somebody changed the log.
    Broken(AuditFlaw),
}

/// What is wrong with the log: the first that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFlaw {
    /// An entry is not what was sealed.
    #[error("entry {0} was changed, or put in behind the service's back")]
    Changed(i64),
    /// Entries are not there.
    #[error("entries {first} to {last} are missing")]
    Missing {
        /// The first that is not there.
        first: i64,
        /// The last that is not there.
        last: i64,
    },
    /// The head names another seal than the last entry has, or an earlier entry.
    #[error("the head of the log was changed: it does not belong to entry {0}, the last")]
    Head(i64),
    /// The entry of the expected mark has another seal.
    #[error(
        "entry {0} has another seal than expected: the log was written anew up to there, with the data key"
    )]
    Rewritten(i64),
}

/// Why the log could not be walked.
#[derive(Debug, thiserror::Error)]
pub enum AuditCheckError {
    /// The data key.
    #[error("the data key, without which no seal can be checked: {0}")]
    Key(#[from] KeyError),
    /// The database.
    #[error("the auth database: {0}")]
    Database(#[from] DbErr),
}

/// Walks the audit log. Entries may be added meanwhile. With an `expected` mark, the log must still lead through it.
pub async fn verify_audit(
    database: &Database,
    keys: &Path,
    expected: Option<AuditMark>,
) -> Result<AuditVerdict, AuditCheckError> {
    let secrets = Secrets::read(keys)?;
    let mut walk = Walk { secrets: &secrets, position: 0, seal: Seal::default(), expected };
    match walk.reach_the_head(database).await? {
        Ok(last) => Ok(AuditVerdict::Whole(last)),
        Err(flaw) => Ok(AuditVerdict::Broken(flaw)),
    }
}

/// Somewhere in the log: what came before is whole.
struct Walk<'a> {
    secrets: &'a Secrets,
    /// Of the last entry that was passed.
    position: i64,
    seal: Seal,
    expected: Option<AuditMark>,
}

impl Walk<'_> {
    async fn reach_the_head(
        &mut self,
        database: &Database,
    ) -> Result<Result<Option<AuditMark>, AuditFlaw>, DbErr> {
        let read = database.read();
        // No entry has a position below 1, unless someone put it in.
        let mut from = i64::MIN;
        loop {
            let entries = sealed_from(read, from, BATCH).await?;
            if entries.is_empty() {
                // The head is read after the entries: it is at the last of them, or further on.
                let head = match head(read).await {
                    Err(DbErr::RecordNotFound(_)) => return Ok(Err(AuditFlaw::Head(self.position))),
                    head => head?,
                };
                let more = sealed_from(read, from, 1).await?;
                if more.is_empty() {
                    return Ok(self.end(head));
                }
            }
            for (entry, seal) in &entries {
                if let Err(flaw) = self.pass(entry, *seal) {
                    return Ok(Err(flaw));
                }
            }
            from = self.position + 1;
        }
    }

    fn pass(&mut self, entry: &Entry, seal: Seal) -> Result<(), AuditFlaw> {
        let next = self.position + 1;
        if entry.position > next {
            return Err(AuditFlaw::Missing { first: next, last: entry.position - 1 });
        }
        if entry.position < next || audit::seal(self.secrets, self.seal, entry) != seal {
            return Err(AuditFlaw::Changed(entry.position));
        }
        if self.expected.is_some_and(|mark| mark.position == next && mark.seal != seal) {
            return Err(AuditFlaw::Rewritten(next));
        }
        (self.position, self.seal) = (next, seal);
        Ok(())
    }

    /// Whether the log ends where it should.
    fn end(&self, head: Head) -> Result<Option<AuditMark>, AuditFlaw> {
        let furthest = head.position.max(self.expected.map_or(0, |mark| mark.position));
        if furthest > self.position {
            return Err(AuditFlaw::Missing { first: self.position + 1, last: furthest });
        }
        if head != (Head { position: self.position, seal: self.seal }) {
            return Err(AuditFlaw::Head(self.position));
        }
        Ok((self.position > 0).then_some(AuditMark { position: self.position, seal: self.seal }))
    }
}

impl AuditMark {
    /// The seal in hexadecimal digits.
    pub fn seal_hex(&self) -> String {
        self.seal.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for AuditMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.position, self.seal_hex())
    }
}

impl FromStr for AuditMark {
    type Err = NoAuditMark;

    fn from_str(text: &str) -> Result<Self, NoAuditMark> {
        let (position, digits) = text.trim().split_once(':').ok_or(NoAuditMark)?;
        let position = position.parse().ok().filter(|position| *position > 0).ok_or(NoAuditMark)?;
        let mut seal = Seal::default();
        if digits.len() != 2 * seal.len() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NoAuditMark);
        }
        for (byte, at) in seal.iter_mut().zip((0..digits.len()).step_by(2)) {
            *byte = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| NoAuditMark)?;
        }
        Ok(Self { position, seal })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_is_told() {
        let mark = AuditMark { position: 412, seal: std::array::from_fn(|n| u8::try_from(7 * n).unwrap()) };
        assert_eq!(mark.to_string().parse(), Ok(mark));
        assert_eq!(format!(" {} ", mark.to_string().to_uppercase()).parse(), Ok(mark));
        for bad in ["", "412", "412:", "0:00", "x:00", &format!("-1:{}", "00".repeat(32)), "412:зз"] {
            assert_eq!(bad.parse::<AuditMark>(), Err(NoAuditMark), "{bad}");
        }
        assert_eq!(format!("412:{}", "+1".repeat(32)).parse::<AuditMark>(), Err(NoAuditMark));
    }
}
