//! Database and index compared: counts and checksums by range of ids; where they differ, document by document.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, Utc};
use kino_domain::{FilmId, PersonId};
use kino_engine::outbox;
use serde::Serialize;
use tokio::{sync::oneshot, time::Instant};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Changes, Job, UpkeepError, everything::Everything};
use crate::{
    Catalogue,
    search::{BUCKETS, Checksum, DocumentKind, bucket_of, version_of_film, version_of_person},
};

const KINDS: [DocumentKind; 2] = [DocumentKind::Film, DocumentKind::Person];
/// Films or persons read at once.
const AT_ONCE: u64 = 1000;
/// An audit works one part of its time, of so many.
const BREATH: u32 = 4;
/// How long changes that are under way are waited for.
const SETTLE_WITHIN: Duration = Duration::from_secs(30);
const SETTLE_POLL: Duration = Duration::from_millis(100);

/// What an audit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct AuditReport {
    /// When it ended.
    pub(crate) checked_at: DateTime<Utc>,
    /// Films in the database.
    pub(crate) films: u64,
    /// Persons in the database.
    pub(crate) persons: u64,
    /// Films that the index told otherwise, or not at all, or that there are not; they were indexed anew.
    pub(crate) drifted_films: u64,
    /// Persons, likewise.
    pub(crate) drifted_persons: u64,
}

/// Documents that differ, with what the index has of them.
type Suspects = HashMap<(DocumentKind, Uuid), Option<i64>>;

impl Catalogue {
    /// Compares index and database, and has the indexer mend what differs. One at a time; others wait.
    pub(crate) async fn audit(&self) -> Result<AuditReport, UpkeepError> {
        let _turn = self.upkeep.auditing.lock().await;
        let (films, persons, mut drifted) = self.compare().await?;
        if !drifted.is_empty() {
            // A change that is on its way looks like drift: what differs still, and in the same way, when it has come is.
            self.wait_for_changes().await?;
            let (_, _, again) = self.compare().await?;
            drifted.retain(|document, indexed| again.get(document) == Some(indexed));
        }
        let count = |kind| drifted.keys().filter(|(other, _)| *other == kind).count() as u64;
        let report = AuditReport {
            checked_at: self.clock.now(),
            films,
            persons,
            drifted_films: count(DocumentKind::Film),
            drifted_persons: count(DocumentKind::Person),
        };
        if !drifted.is_empty() {
            tracing::warn!(
                films = report.drifted_films,
                persons = report.drifted_persons,
                "the search index had drifted from the database; mending it"
            );
            self.mend(drifted.into_keys()).await?;
        }
        for (kind, drift) in [("film", report.drifted_films), ("person", report.drifted_persons)] {
            #[expect(clippy::cast_precision_loss, reason = "a gauge shows fifteen digits")]
            metrics::gauge!("kino_catalogue_index_drift", "kind" => kind).set(drift as f64);
        }
        self.upkeep.note_audit(report);
        Ok(report)
    }

    /// Has these indexed anew, and waits until they are.
    pub(crate) async fn mend(
        &self,
        documents: impl IntoIterator<Item = (DocumentKind, Uuid)>,
    ) -> Result<(), UpkeepError> {
        let mut changes = Changes { afresh: true, ..Changes::default() };
        for (kind, id) in documents {
            match kind {
                DocumentKind::Film => {
                    // Whatever the index missed, what is kept for lists may have missed too.
                    self.served.forget(FilmId(id));
                    changes.films.insert(FilmId(id));
                }
                DocumentKind::Person => {
                    changes.persons.insert(PersonId(id));
                }
            }
        }
        let (done, mended) = oneshot::channel();
        if !self.upkeep.ask(Job::Repair(changes, done)).await {
            return Err(UpkeepError::Ended);
        }
        mended.await.map_err(|_| UpkeepError::Ended)
    }

    /// How many films and persons the database has, and those that the index has otherwise.
    async fn compare(&self) -> Result<(u64, u64, Suspects), UpkeepError> {
        let mut indexed = HashMap::new();
        for kind in KINDS {
            indexed.insert(kind, self.index.checksums(kind).await?);
        }
        let mut stored = KINDS.map(|kind| (kind, vec![Checksum::default(); BUCKETS]));
        self.each_stored(|kind, id, version| {
            for (_, checksums) in stored.iter_mut().filter(|(other, _)| *other == kind) {
                checksums[usize::from(bucket_of(id))].add(id, version);
            }
        })
        .await?;
        let [films, persons] = [0, 1].map(|kind| stored[kind].1.iter().map(|checksum| checksum.count).sum());
        let mut buckets = HashSet::new();
        for (kind, checksums) in &stored {
            let differs =
                |bucket: &u8| indexed[kind][usize::from(*bucket)] != checksums[usize::from(*bucket)];
            buckets.extend((0..=u8::MAX).filter(differs).map(|bucket| (*kind, bucket)));
        }
        let mut suspects = Suspects::new();
        if buckets.is_empty() {
            return Ok((films, persons, suspects));
        }
        for (kind, bucket) in &buckets {
            let versions = self.index.versions(*kind, *bucket).await?;
            suspects.extend(versions.into_iter().map(|(id, version)| ((*kind, id), Some(version))));
        }
        self.each_stored(|kind, id, version| {
            if buckets.contains(&(kind, bucket_of(id))) {
                // Alike: no suspect. Missing in the index: a suspect of which it has nothing.
                if suspects.get(&(kind, id)) == Some(&Some(version)) {
                    suspects.remove(&(kind, id));
                } else {
                    suspects.entry((kind, id)).or_insert(None);
                }
            }
        })
        .await?;
        Ok((films, persons, suspects))
    }

    /// Every document of the database with its version.
    async fn each_stored(&self, mut heed: impl FnMut(DocumentKind, Uuid, i64)) -> Result<(), UpkeepError> {
        let mut everything = Everything::default();
        loop {
            let began = Instant::now();
            let Some(batch) = everything.next(self.database.read(), AT_ONCE).await? else { return Ok(()) };
            for film in &batch.films {
                heed(DocumentKind::Film, film.id.0, version_of_film(film));
            }
            for person in &batch.persons {
                heed(DocumentKind::Person, person.id.0, version_of_person(person));
            }
            breathe(began).await;
        }
    }

    /// Waits until what was committed by now is indexed, or long enough.
    async fn wait_for_changes(&self) -> Result<(), UpkeepError> {
        let waiting = async {
            while outbox::waiting(&self.database).await? > 0 {
                tokio::time::sleep(SETTLE_POLL).await;
            }
            let end = self.log.end().await?;
            while self.upkeep.status().position.is_none_or(|position| position < end) {
                tokio::time::sleep(SETTLE_POLL).await;
            }
            Ok(())
        };
        tokio::time::timeout(SETTLE_WITHIN, waiting).await.unwrap_or(Ok(()))
    }
}

/// A large catalogue takes long to read; searches go on beside it, so it is taken little by little.
async fn breathe(began: Instant) {
    tokio::time::sleep(began.elapsed() * (BREATH - 1)).await;
}
