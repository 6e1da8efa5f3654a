//! Importing users from a table, with the password hashes that another system made.
//!
//! Accounts go in by batches, each in one transaction, so an interrupted import leaves whole accounts and a second run
//! finishes the work: an account that is there already is left as it is, since its owner may have changed it.
//!
//! The events say that accounts changed, not that someone registered: other services learn the names and addresses, and
//! nobody is welcomed who has been here for years.

mod matching;
mod row;
mod table;

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

use kino_domain::{AuthEvent, Clock, Entropy, UserId};
use kino_engine::{Database, database::DbErr, outbox::Outbox};
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub(crate) use matching::Accounts;
pub(crate) use row::ImportedUser;
pub(crate) use table::Row;
pub use table::{BadRow, UserTable};

use self::matching::{Matched, match_rows};
use crate::{
    audit::{self, Action},
    keys::KeyError,
    secrets::Secrets,
    store::{Migrator, import, roles, users::InsertError},
};

/// Rows, and so accounts at most, in one transaction.
const BATCH: usize = 500;
/// How often a batch is tried while others register its names.
const ATTEMPTS: u32 = 5;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserImportReport {
    /// Accounts that were not there before.
    pub added: u64,
    /// Accounts that were there.
    pub unchanged: u64,
    /// Rows that were not imported, with their lines and reasons: the first thousand.
    pub bad: Vec<BadRow>,
    /// How many rows were not imported.
    pub bad_rows: u64,
    /// How many of the accounts that were added have each role.
    pub roles: BTreeMap<String, u64>,
    /// Whether it was interrupted before the end.
    pub interrupted: bool,
}

/// Why an import could not go on.
#[derive(Debug, thiserror::Error)]
pub enum UserImportError {
    /// The file cannot be opened.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The first line does not name a column that is needed.
    #[error(
        "the first line names no column `{0}`; it must name username, email and password_hash, and may name id, roles, \
         email_verified, first_name, last_name, gender, timezone, language, created_at, blocked"
    )]
    NoColumn(&'static str),
    /// The first line names a column twice.
    #[error("the first line names the column `{0}` twice")]
    ColumnTwice(String),
    /// The data key, which seals the audit log.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Others keep registering the names of a batch.
    #[error("accounts of the same names are being registered at the same time; run the import again")]
    Busy,
    /// The database failed.
    #[error("the auth database: {0}")]
    Database(#[from] DbErr),
}

/// Puts users into an auth database, beside a running server or without one.
#[derive(Debug)]
pub struct UserImporter {
    database: Database,
    outbox: Outbox,
    secrets: Secrets,
    /// The codes of all roles.
    roles: HashSet<String>,
    /// The accounts that rows were of so far.
    met: HashSet<UserId>,
    clock: Clock,
    entropy: Entropy,
}

impl UserImporter {
    /// An importer into this database, whose keys are in `keys`. The database is brought up to date first.
    pub async fn open(
        database: Database,
        keys: &Path,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, UserImportError> {
        database.migrate::<Migrator>().await?;
        let roles = roles::codes(database.read()).await?;
        let secrets = Secrets::open(keys, &entropy)?;
        let outbox = Outbox::new(clock.clone(), entropy.clone());
        Ok(Self { database, outbox, secrets, roles, met: HashSet::new(), clock, entropy })
    }

    /// Imports all rows, or as many as come before `stop`. `progress` hears of every batch: bytes of the file that were
    /// read so far.
    pub async fn run(
        &mut self,
        mut table: UserTable,
        stop: &CancellationToken,
        mut progress: impl FnMut(u64, &UserImportReport),
    ) -> Result<UserImportReport, UserImportError> {
        let mut report = UserImportReport::default();
        loop {
            // Reading blocks; it takes milliseconds a batch.
            let (roles, now) = (self.roles.clone(), self.clock.now());
            let (batch, rest) = tokio::task::spawn_blocking(move || {
                let batch = table.batch(BATCH, &roles, now);
                (batch, table)
            })
            .await
            .map_err(|error| DbErr::Custom(error.to_string()))?;
            table = rest;
            report.bad.extend(batch.bad);
            let matched = self.put(batch.rows, &mut report).await?;
            for bad in matched.bad {
                table.tell(&mut report.bad, bad.line, bad.reason);
            }
            report.bad_rows = table.bad();
            report.interrupted = stop.is_cancelled() && !batch.is_last;
            progress(table.bytes_read(), &report);
            if batch.is_last || report.interrupted {
                report.bad.sort_by_key(|bad| bad.line);
                self.note(&report).await?;
                return Ok(report);
            }
        }
    }

    /// Puts a batch in, again where someone registers one of its names between looking and writing.
    async fn put(
        &mut self,
        rows: Vec<Row>,
        report: &mut UserImportReport,
    ) -> Result<Matched, UserImportError> {
        for _ in 0..ATTEMPTS {
            match self.try_to_put(rows.clone()).await {
                Ok(matched) => {
                    report.added += matched.new.len() as u64;
                    report.unchanged += matched.unchanged.len() as u64;
                    for code in matched.new.iter().flat_map(|(_, user)| &user.roles) {
                        *report.roles.entry(code.clone()).or_default() += 1;
                    }
                    self.met.extend(
                        matched.new.iter().map(|(id, _)| *id).chain(matched.unchanged.iter().copied()),
                    );
                    return Ok(matched);
                }
                Err(InsertError::Taken(_)) => {}
                Err(InsertError::Database(error)) => return Err(error.into()),
            }
        }
        Err(UserImportError::Busy)
    }

    async fn try_to_put(&self, rows: Vec<Row>) -> Result<Matched, InsertError> {
        let tx = self.database.begin().await?;
        let there = import::accounts(&tx, &rows).await?;
        let matched = match_rows(rows, there, &self.met, || UserId::generate(&self.clock, &self.entropy));
        if !matched.new.is_empty() {
            import::insert(&tx, &matched.new, self.clock.now()).await?;
            let events: Vec<_> = matched.new.iter().map(|(id, user)| told(*id, user)).collect();
            self.outbox.put(&tx, &events).await?;
        }
        tx.commit().await?;
        Ok(matched)
    }

    async fn note(&self, report: &UserImportReport) -> Result<(), DbErr> {
        let UserImportReport { added, unchanged, bad_rows, roles, interrupted, .. } = report;
        let details = json!({
            "added": added, "unchanged": unchanged, "bad": bad_rows, "roles": roles, "interrupted": interrupted,
        });
        let tx = self.database.begin().await?;
        audit::note(&tx, (&self.secrets, &self.clock), None, Action::UsersImported, "users", &details)
            .await?;
        tx.commit().await
    }
}

fn told(id: UserId, user: &ImportedUser) -> AuthEvent {
    AuthEvent::UserChanged {
        user_id: id,
        username: user.username.text.clone(),
        email: user.email.text.clone(),
        email_verified: user.email_verified,
        language: user.language,
        timezone: user.timezone.clone(),
    }
}
