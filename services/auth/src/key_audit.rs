//! Changes of the signing keys, in the audit log.

use kino_engine::{Database, database::DbErr};
use serde_json::json;

use crate::{
    Auth, AuthError, Key, KeyFolder,
    audit::{self, Action},
    keys::Tended,
    secrets::Secrets,
    store::Migrator,
};

/// Notes that the command line made a key, perhaps (`compromised`) instead of all others.
pub async fn note_rotation(
    database: &Database,
    folder: &KeyFolder,
    key: &Key,
    compromised: bool,
) -> Result<(), AuthError> {
    database.migrate::<Migrator>().await?;
    let secrets = Secrets::open(&folder.path, &folder.entropy)?;
    let details = json!({"by": "command line", "compromised": compromised});
    let tx = database.begin().await?;
    audit::note(&tx, (&secrets, &folder.clock), None, Action::KeyRotated, &key.kid, &details).await?;
    Ok(tx.commit().await?)
}

impl Auth {
    /// Notes what this server did with the keys.
    pub(crate) async fn note_keys(&self, tended: &Tended) -> Result<(), DbErr> {
        if tended.made.is_none() && tended.retired.is_empty() {
            return Ok(());
        }
        let tx = self.database.begin().await?;
        if let Some(kid) = &tended.made {
            self.note(&tx, None, Action::KeyRotated, kid, &json!({"by": "schedule"})).await?;
        }
        for kid in &tended.retired {
            self.note(&tx, None, Action::KeyRetired, kid, &json!({})).await?;
        }
        tx.commit().await
    }
}
