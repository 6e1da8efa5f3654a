//! Who may see a film. The rule stands here once; every route, list, search and poster asks it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Permission, PermissionSet};

/// How far a film is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccessLevel {
    /// Everyone may see it.
    Free,
    /// Subscribers (`PAID_FILMS`) and those who manage films may see it.
    Paid,
    /// Only those who manage films (`CRUD_FILMS`) may see it.
    Archived,
}

/// Why a film is closed to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A subscription opens it.
    #[error("the film requires a subscription")]
    RequiresSubscription,
    /// The film was taken out of the catalogue.
    #[error("the film is archived")]
    Archived,
}

impl AccessLevel {
    /// Every level, from open to closed.
    pub const ALL: [Self; 3] = [Self::Free, Self::Paid, Self::Archived];

    /// The name in the API, in files and in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Free => "FREE",
            Self::Paid => "PAID",
            Self::Archived => "ARCHIVED",
        }
    }

    /// May a caller with these permissions see a film of this level?
    pub const fn admits(self, caller: PermissionSet) -> Result<(), Refusal> {
        let manages = caller.contains(Permission::CrudFilms);
        match self {
            Self::Free => Ok(()),
            Self::Paid if manages || caller.contains(Permission::PaidFilms) => Ok(()),
            Self::Paid => Err(Refusal::RequiresSubscription),
            Self::Archived if manages => Ok(()),
            Self::Archived => Err(Refusal::Archived),
        }
    }

    /// The levels that a caller with these permissions may see: what lists and searches are narrowed to.
    pub fn visible_to(caller: PermissionSet) -> Vec<Self> {
        Self::ALL.into_iter().filter(|level| level.admits(caller).is_ok()).collect()
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for AccessLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.code().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("unknown access level `{text}`: use FREE, PAID or ARCHIVED"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole rule as a table: (permissions, levels they open).
    #[test]
    fn the_rule() {
        use AccessLevel::{Archived, Free, Paid};
        let table: [(&[Permission], &[AccessLevel]); 6] = [
            (&[], &[Free]),
            (&[Permission::FreeFilms], &[Free]),
            (&[Permission::PaidFilms], &[Free, Paid]),
            (&[Permission::PaidFilms, Permission::FreeFilms], &[Free, Paid]),
            (&[Permission::CrudFilms], &[Free, Paid, Archived]),
            (&[Permission::CrudRole, Permission::AssignRole], &[Free]),
        ];
        for (permissions, open) in table {
            let caller: PermissionSet = permissions.iter().copied().collect();
            assert_eq!(AccessLevel::visible_to(caller), open, "{permissions:?}");
        }
        assert_eq!(Paid.admits(PermissionSet::ANONYMOUS), Err(Refusal::RequiresSubscription));
        assert_eq!(Archived.admits(PermissionSet::ANONYMOUS), Err(Refusal::Archived));
    }

    #[test]
    fn names_are_read_without_case() {
        assert_eq!("paid".parse::<AccessLevel>().unwrap(), AccessLevel::Paid);
        assert!("open".parse::<AccessLevel>().is_err());
    }
}
