//! The audit log: who did what to whom. An entry is written in the transaction of the deed, and sealed with the data
//! key together with the seal before it, so that an entry that is changed, taken out or cut off is found.

use kino_domain::{Clock, UserId};
use kino_engine::database::DbErr;
use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::{
    Auth,
    secrets::Secrets,
    store::audit::{self, Entry, Seal},
};

/// What is noted. The codes are in the log for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    RoleGiven,
    RoleTaken,
    RoleMade,
    RoleChanged,
    RoleDeleted,
    UserBlocked,
    UserUnblocked,
    UserDeleted,
    AccountClosed,
    DataExported,
    ProfileChanged,
    EmailChanged,
    PasswordChanged,
    PasswordReset,
    SecondFactorSet,
    SecondFactorRemoved,
    RecoveryCodesMade,
    PasskeyAdded,
    PasskeyRemoved,
    PasskeyCloned,
    IdentityLinked,
    IdentityUnlinked,
    SessionsEnded,
    SuperuserMade,
    UsersImported,
    KeyRotated,
    KeyRetired,
}

impl Action {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::RoleGiven => "role.given",
            Self::RoleTaken => "role.taken",
            Self::RoleMade => "role.made",
            Self::RoleChanged => "role.changed",
            Self::RoleDeleted => "role.deleted",
            Self::UserBlocked => "user.blocked",
            Self::UserUnblocked => "user.unblocked",
            Self::UserDeleted => "user.deleted",
            Self::AccountClosed => "account.closed",
            Self::DataExported => "account.exported",
            Self::ProfileChanged => "account.profile_changed",
            Self::EmailChanged => "account.email_changed",
            Self::PasswordChanged => "account.password_changed",
            Self::PasswordReset => "account.password_reset",
            Self::SecondFactorSet => "account.second_factor_set",
            Self::SecondFactorRemoved => "account.second_factor_removed",
            Self::RecoveryCodesMade => "account.recovery_codes_made",
            Self::PasskeyAdded => "account.passkey_added",
            Self::PasskeyRemoved => "account.passkey_removed",
            Self::PasskeyCloned => "account.passkey_cloned",
            Self::IdentityLinked => "account.identity_linked",
            Self::IdentityUnlinked => "account.identity_unlinked",
            Self::SessionsEnded => "account.sessions_ended",
            Self::SuperuserMade => "superuser.made",
            Self::UsersImported => "users.imported",
            Self::KeyRotated => "key.rotated",
            Self::KeyRetired => "key.retired",
        }
    }
}

/// Writes an entry in the transaction of the deed. Call it last before the commit: writers take turns from here on.
///
/// `details` is a JSON object without personal data: it outlives the account.
pub(crate) async fn note(
    tx: &impl ConnectionTrait,
    (secrets, clock): (&Secrets, &Clock),
    actor: Option<UserId>,
    action: Action,
    target: impl ToString,
    details: &Value,
) -> Result<(), DbErr> {
    let head = audit::lock_head(tx).await?;
    let entry = Entry {
        position: head.position + 1,
        at: clock.now(),
        actor,
        action: action.code().to_owned(),
        target: target.to_string(),
        details: details.to_string(),
    };
    audit::append(tx, &entry, seal(secrets, head.seal, &entry)).await
}

impl Auth {
    /// Writes an audit entry in the transaction of the deed; see [`note`].
    pub(crate) async fn note(
        &self,
        tx: &impl ConnectionTrait,
        actor: Option<UserId>,
        action: Action,
        target: impl ToString,
        details: &Value,
    ) -> Result<(), DbErr> {
        note(tx, (&self.secrets, &self.clock), actor, action, target, details).await
    }
}

/// The seal of an entry that follows one with the seal `previous`.
pub(crate) fn seal(secrets: &Secrets, previous: Seal, entry: &Entry) -> Seal {
    secrets.seal(
        "audit",
        &[
            &previous,
            &entry.position.to_be_bytes(),
            &entry.at.timestamp_micros().to_be_bytes(),
            entry.actor.map(|actor| actor.0.into_bytes()).as_ref().map_or(&[][..], |id| &id[..]),
            entry.action.as_bytes(),
            entry.target.as_bytes(),
            entry.details.as_bytes(),
        ],
    )
}
