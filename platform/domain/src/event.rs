//! Domain events: what services tell each other through the event log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{Clock, Entropy, FilmId, GenreId, Language, PermissionSet, PersonId, SessionId, UserId};

/// A kind of event that a service publishes on its topic.
///
/// Consumers get each event at least once and in order per [`key`](Self::key); they must be idempotent.
pub trait DomainEvent: Serialize + DeserializeOwned {
    /// The topic: `kino.<service>.v1`.
    const TOPIC: &'static str;

    /// What the order is kept for: the id of the user, film, ... that it happened to.
    fn key(&self) -> Uuid;
}

/// An event on its way: with an identity, a moment and its payload as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Identity (UUID v7); the same event delivered twice has the same one.
    pub id: Uuid,
    /// `kino.<service>.v1`.
    pub topic: String,
    /// What the order is kept for.
    pub key: Uuid,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The event itself: a JSON object whose `kind` says what happened.
    pub payload: String,
}

impl Envelope {
    /// Wraps an event that happens now.
    pub fn now<E: DomainEvent>(event: &E, clock: &Clock, entropy: &Entropy) -> Self {
        let now = clock.now();
        Self {
            id: entropy.uuid_v7(now),
            topic: E::TOPIC.to_owned(),
            key: event.key(),
            occurred_at: now,
            payload: serde_json::to_string(event).unwrap_or_default(),
        }
    }

    /// The event, where this version knows its kind.
    pub fn open<E: DomainEvent>(&self) -> Result<E, serde_json::Error> {
        serde_json::from_str(&self.payload)
    }
}

/// Why tokens issued earlier are no longer good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvalidationReason {
    /// Their rights changed; the refresh token brings new ones.
    RightsChanged,
    /// The account signed out everywhere, changed its password, was blocked or closed.
    SignedOut,
}

/// What the auth service publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum AuthEvent {
    /// A new account.
    #[serde(rename = "user.registered")]
    UserRegistered {
        /// The account.
        user_id: UserId,
        /// Its user name, as typed.
        username: String,
        /// Its address, as typed.
        email: String,
    },
    /// A session ended: its tokens are refused from now on.
    #[serde(rename = "session.revoked")]
    SessionRevoked {
        /// The session.
        session_id: SessionId,
        /// Whose it was.
        user_id: UserId,
    },
    /// Access tokens of this user that were issued before a moment are refused.
    #[serde(rename = "user.tokens_invalid_before")]
    UserTokensInvalidBefore {
        /// The account.
        user_id: UserId,
        /// Tokens stamped earlier than this (to the millisecond) are refused.
        before: DateTime<Utc>,
        /// Why.
        reason: InvalidationReason,
    },
    /// Someone signed in from a device that the account never signed in from.
    #[serde(rename = "user.signed_in_from_new_device")]
    SignedInFromNewDevice {
        /// The account.
        user_id: UserId,
        /// The session that began.
        session_id: SessionId,
        /// What the device calls itself.
        user_agent: String,
        /// Where it is.
        ip: String,
    },
    /// An account's name, address, language or time zone changed.
    #[serde(rename = "user.changed")]
    UserChanged {
        /// The account.
        user_id: UserId,
        /// Its user name, as typed.
        username: String,
        /// Its address, as typed.
        email: String,
        /// Whether the address was proven to be theirs.
        email_verified: bool,
        /// The language of letters to them, where they told it.
        language: Option<Language>,
        /// Their time zone, where they told it.
        timezone: Option<String>,
    },
    /// The account is no more: whatever other services keep of it goes too.
    #[serde(rename = "user.erased")]
    UserErased {
        /// The account that was.
        user_id: UserId,
    },
    /// What a role allows changed, or the role is no more.
    #[serde(rename = "role.changed")]
    RoleChanged {
        /// The role.
        code: String,
        /// Its version now. Access tokens that rest on an older one are refused.
        version: i64,
        /// What it allows now.
        permissions: PermissionSet,
    },
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

impl DomainEvent for AuthEvent {
    const TOPIC: &'static str = "kino.auth.v1";

    fn key(&self) -> Uuid {
        match self {
            Self::UserRegistered { user_id, .. }
            | Self::SessionRevoked { user_id, .. }
            | Self::UserTokensInvalidBefore { user_id, .. }
            | Self::SignedInFromNewDevice { user_id, .. }
            | Self::UserChanged { user_id, .. }
            | Self::UserErased { user_id } => user_id.0,
            Self::RoleChanged { code, .. } => Uuid::new_v5(&Uuid::NAMESPACE_OID, code.as_bytes()),
            Self::Unknown => Uuid::nil(),
        }
    }
}

/// What the catalogue publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum CatalogueEvent {
    /// A film was added or changed; readers fetch it anew.
    #[serde(rename = "film.changed")]
    FilmChanged {
        /// The film.
        film_id: FilmId,
        /// Its version after the change; grows by one with each.
        version: i64,
    },
    /// A film was deleted.
    #[serde(rename = "film.deleted")]
    FilmDeleted {
        /// The film.
        film_id: FilmId,
    },
    /// A person was added, renamed, or left a film's credits.
    #[serde(rename = "person.changed")]
    PersonChanged {
        /// The person.
        person_id: PersonId,
    },
    /// A person was deleted.
    #[serde(rename = "person.deleted")]
    PersonDeleted {
        /// The person.
        person_id: PersonId,
    },
    /// A genre was renamed: what is kept of its films tells the old name.
    #[serde(rename = "genre.changed")]
    GenreChanged {
        /// The genre.
        genre_id: GenreId,
    },
    /// Whoever keeps a search index builds it anew.
    #[serde(rename = "index.rebuild_requested")]
    IndexRebuildRequested {
        /// The request.
        id: Uuid,
    },
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

impl DomainEvent for CatalogueEvent {
    const TOPIC: &'static str = "kino.catalogue.v1";

    fn key(&self) -> Uuid {
        match self {
            Self::FilmChanged { film_id, .. } | Self::FilmDeleted { film_id } => film_id.0,
            Self::PersonChanged { person_id } | Self::PersonDeleted { person_id } => person_id.0,
            Self::GenreChanged { genre_id } => genre_id.0,
            Self::IndexRebuildRequested { id } => *id,
            Self::Unknown => Uuid::nil(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_the_journey() {
        let (clock, entropy) = (Clock::system(), Entropy::seeded(1));
        let event = AuthEvent::UserTokensInvalidBefore {
            user_id: UserId::generate(&clock, &entropy),
            before: clock.now(),
            reason: InvalidationReason::RightsChanged,
        };
        let envelope = Envelope::now(&event, &clock, &entropy);
        assert_eq!(envelope.open::<AuthEvent>().unwrap(), event);
        assert!(envelope.payload.contains(r#""kind":"user.tokens_invalid_before""#));
        assert_eq!((envelope.topic.as_str(), envelope.key), ("kino.auth.v1", event.key()));
    }

    #[test]
    fn a_newer_kind_is_known_to_be_unknown() {
        let event: CatalogueEvent =
            serde_json::from_str(r#"{"kind":"film.restored","film_id":"x","colour":"blue"}"#).unwrap();
        assert_eq!(event, CatalogueEvent::Unknown);
    }
}
