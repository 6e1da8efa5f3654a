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

macro_rules! actions {
    ($($action:ident = $code:literal),+ $(,)?) => {
        /// What is noted. The codes are in the log for good.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Action {
            $($action,)+
        }

        impl Action {
            pub(crate) const ALL: &[Self] = &[$(Self::$action,)+];

            pub(crate) const fn code(self) -> &'static str {
                match self {
                    $(Self::$action => $code,)+
                }
            }
        }
    };
}

actions!(
    RoleGiven = "role.given",
    RoleTaken = "role.taken",
    RoleMade = "role.made",
    RoleChanged = "role.changed",
    RoleDeleted = "role.deleted",
    UserBlocked = "user.blocked",
    UserUnblocked = "user.unblocked",
    UserDeleted = "user.deleted",
    AccountClosed = "account.closed",
    DataExported = "account.exported",
    ProfileChanged = "account.profile_changed",
    EmailChanged = "account.email_changed",
    PasswordChanged = "account.password_changed",
    PasswordReset = "account.password_reset",
    SecondFactorSet = "account.second_factor_set",
    SecondFactorRemoved = "account.second_factor_removed",
    RecoveryCodesMade = "account.recovery_codes_made",
    PasskeyAdded = "account.passkey_added",
    PasskeyRemoved = "account.passkey_removed",
    PasskeyCloned = "account.passkey_cloned",
    IdentityLinked = "account.identity_linked",
    IdentityUnlinked = "account.identity_unlinked",
    SessionsEnded = "account.sessions_ended",
    SuperuserMade = "superuser.made",
    UsersImported = "users.imported",
    KeyRotated = "key.rotated",
    KeyRetired = "key.retired",
);

impl Action {
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.code() == code)
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
