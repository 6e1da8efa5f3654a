//! The revisions of a film: what it was after each change, and who made the change.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use kino_token::Claims;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::film_content::FilmContent;

/// What was done to a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    /// It came from a file: so it was before an administrator changed it.
    Imported,
    Created,
    /// By `PUT`.
    Replaced,
    /// By `PATCH`.
    Patched,
    Deleted,
    /// An earlier revision became the newest.
    Restored,
}

/// Who changed a film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Actor {
    pub(crate) id: UserId,
    /// The user name, as it was then; none when the account is no more.
    #[schema(example = "anna")]
    pub(crate) name: Option<String>,
}

/// A film after a change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Revision {
    /// The film's version.
    pub(crate) version: i64,
    pub(crate) at: DateTime<Utc>,
    /// None of what was imported.
    pub(crate) actor: Option<Actor>,
    pub(crate) action: Action,
    /// The fields in which it differs from the version before; none where there is none to compare with.
    pub(crate) changed: Vec<String>,
    /// None of a film that was deleted.
    pub(crate) film: Option<FilmContent>,
    pub(crate) carried: Carried,
}

/// What a film carries that no administrator writes: it comes back with a deleted film.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) votes: i64,
    pub(crate) import_hash: Option<Vec<u8>>,
}

impl Action {
    const ALL: [Self; 6] =
        [Self::Imported, Self::Created, Self::Replaced, Self::Patched, Self::Deleted, Self::Restored];

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Created => "created",
            Self::Replaced => "replaced",
            Self::Patched => "patched",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }

    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }
}

impl Actor {
    pub(crate) fn of(claims: &Claims) -> Self {
        Self { id: claims.user_id, name: Some(claims.username.clone()) }
    }
}
