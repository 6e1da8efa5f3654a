//! What the index could not take is kept in a list, to be read and tried again.

use std::collections::HashSet;

use kino_domain::{CatalogueEvent, Clock, Entropy, FilmId, PersonId};
use kino_engine::{Database, database::DbErr, outbox::Outbox};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{UpkeepError, changes::Unreadable};
use crate::{
    Catalogue,
    search::{DocumentKind, Rejected},
    store::{
        Migrator,
        dead_letters::{self, DeadLetter, LetterKind},
        films,
    },
};

/// How many letters could be tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Told of again: the running server tries them, or the next one.
    pub told: u64,
    /// Events that this version cannot read either.
    pub unreadable: u64,
}

/// The letters, from the one last tried on.
pub async fn list(
    database: &Database,
    offset: u64,
    limit: u64,
) -> Result<(Vec<DeadLetter>, u64), UpkeepError> {
    database.migrate::<Migrator>().await?;
    Ok(dead_letters::page(database.read(), offset, limit).await?)
}

/// Tells of what one letter is about again, or of all; none where there is no such letter. Letters about documents go
/// when the index takes them.
pub async fn replay(
    database: &Database,
    id: Option<Uuid>,
    clock: Clock,
    entropy: Entropy,
) -> Result<Option<Replay>, UpkeepError> {
    database.migrate::<Migrator>().await?;
    let outbox = Outbox::new(clock, entropy);
    let tx = database.begin().await?;
    let letters = match id {
        Some(id) => match dead_letters::find(&tx, id).await? {
            Some(letter) => vec![letter],
            None => return Ok(None),
        },
        None => dead_letters::all(&tx).await?,
    };
    let mut replay = Replay::default();
    for letter in letters {
        let Some(event) = event(&tx, &letter).await? else {
            replay.unreadable += 1;
            continue;
        };
        if letter.kind == LetterKind::Event {
            dead_letters::delete(&tx, letter.id).await?;
        }
        outbox.put(&tx, &[event]).await?;
        replay.told += 1;
    }
    tx.commit().await?;
    Ok(Some(replay))
}

/// The event that tells of what a letter is about; none where it cannot be read.
async fn event(tx: &impl ConnectionTrait, letter: &DeadLetter) -> Result<Option<CatalogueEvent>, DbErr> {
    Ok(match letter.kind {
        LetterKind::Film => {
            let film_id = FilmId(letter.subject);
            Some(match films::find_unscoped(tx, film_id).await? {
                Some(film) => CatalogueEvent::FilmChanged { film_id, version: film.version },
                None => CatalogueEvent::FilmDeleted { film_id },
            })
        }
        LetterKind::Person => Some(CatalogueEvent::PersonChanged { person_id: PersonId(letter.subject) }),
        LetterKind::Event => letter.payload.as_deref().and_then(|payload| serde_json::from_str(payload).ok()),
    })
}

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
