//! What the index could not take is kept in a list, to be read and tried again.

use std::collections::HashSet;

use uuid::Uuid;

use super::{UpkeepError, changes::Unreadable};
use crate::{
    Catalogue,
    search::{DocumentKind, Rejected},
    store::dead_letters::{self, DeadLetter, LetterKind},
};

impl From<DocumentKind> for LetterKind {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::Film => Self::Film,
            DocumentKind::Person => Self::Person,
        }
    }
}

impl Catalogue {
    /// Keeps events that cannot be read.
    pub(crate) async fn keep_unreadable(&self, unreadable: Vec<Unreadable>) -> Result<(), UpkeepError> {
        let letters = unreadable.into_iter().map(|Unreadable { record, reason }| {
            tracing::error!(id = %record.envelope.id, reason, "a catalogue event cannot be read; it is kept among the dead letters");
            let subject = record.envelope.id;
            self.letter(LetterKind::Event, subject, Some(record.envelope.payload), reason)
        });
        self.keep(letters.collect()).await
    }

    /// Keeps documents that the engine would not take.
    pub(crate) async fn keep_rejected(&self, rejected: Vec<Rejected>) -> Result<(), UpkeepError> {
        let letters = rejected.into_iter().map(|Rejected { kind, id, reason }| {
            tracing::error!(?kind, %id, reason, "the index would not take a document; it is kept among the dead letters");
            self.letter(kind.into(), id, None, reason)
        });
        self.keep(letters.collect()).await
    }

    /// Forgets letters about documents that went in.
    pub(crate) async fn settle(&self, taken: &HashSet<(DocumentKind, Uuid)>) -> Result<(), UpkeepError> {
        if !self.upkeep.has_letters() {
            return Ok(());
        }
        let tx = self.database.begin().await?;
        for kind in [DocumentKind::Film, DocumentKind::Person] {
            let of_kind = taken.iter().filter(|(other, _)| *other == kind).map(|(_, id)| *id);
            dead_letters::settle(&tx, kind.into(), &of_kind.collect::<Vec<_>>()).await?;
        }
        tx.commit().await?;
        self.count_letters().await
    }

    /// Counts the letters.
    pub(crate) async fn count_letters(&self) -> Result<(), UpkeepError> {
        let count = dead_letters::count(self.database.read()).await?;
        self.upkeep.note_letters(count);
        Ok(())
    }

    async fn keep(&self, letters: Vec<DeadLetter>) -> Result<(), UpkeepError> {
        if letters.is_empty() {
            return Ok(());
        }
        let tx = self.database.begin().await?;
        dead_letters::note(&tx, &letters).await?;
        tx.commit().await?;
        self.count_letters().await
    }

    fn letter(&self, kind: LetterKind, subject: Uuid, payload: Option<String>, reason: String) -> DeadLetter {
        let now = self.clock.now();
        let id = self.entropy.uuid_v7(now);
        DeadLetter { id, kind, subject, payload, reason, attempts: 1, first_at: now, last_at: now }
    }
}
