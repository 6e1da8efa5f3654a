//! What a token says.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kino_domain::{PermissionSet, SessionId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenType {
    /// Shown with every request.
    Access,
    /// Traded for a new pair.
    Refresh,
}

impl TokenType {
    /// The `typ` of the token's header, which keeps one kind from being taken for the other (RFC 9068, RFC 8725).
    pub const fn header_typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Refresh => "rt+jwt",
        }
    }
}

/// The claims of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom it is meant.
    pub aud: String,
    /// The session.
    pub sub: SessionId,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// Not good before this, in seconds since 1970.
    pub nbf: i64,
    /// Not good from this on, in seconds since 1970.
    pub exp: i64,
    /// The token itself (UUID v7, so that it tells the millisecond of issue).
    pub jti: Uuid,
    /// What it is for.
    #[serde(rename = "type")]
    pub token_type: TokenType,
    /// Whether it comes from a sign-in with a credential, rather than from a refresh.
    pub fresh: bool,
    /// The account.
    pub user_id: UserId,
    /// The session (the same as `sub`).
    pub session_id: SessionId,
    /// The account's name, as typed.
    pub username: String,
    /// The device that signed in.
    pub user_agent: String,
    /// The strongest role.
    pub role_code: String,
    /// The union of what all roles allow.
    pub permissions: PermissionSet,
    /// The roles that the token rests on, each with the version that was read with its permissions. Tokens of an issuer that
    /// knew no versions rest on nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, i64>,
}

impl Claims {
    /// When the token was issued, to the millisecond: `iat` has whole seconds, too coarse to tell a token that was
    /// issued just before a change of rights from one just after.
    pub fn issued_at(&self) -> DateTime<Utc> {
        let stamp = self.jti.get_timestamp().map(|stamp| stamp.to_unix());
        stamp
            .and_then(|(seconds, nanos)| DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos))
            .or_else(|| DateTime::from_timestamp(self.iat, 0))
            .unwrap_or_default()
    }

    /// When it ends.
    pub fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or_default()
    }
}
