//! What a token allows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

use crate::Language;

/// A right that a role may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Permission {
    /// Create, change and delete roles; read the audit log.
    CrudRole,
    /// Find users; give roles to them and take them away.
    AssignRole,
    /// Manage films, genres, persons and files; see archived films.
    CrudFilms,
    /// Watch films that need a subscription.
    PaidFilms,
    /// Watch free films.
    FreeFilms,
}

/// A permission name that this platform does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown permission `{0}`")]
pub struct UnknownPermission(pub String);

impl Permission {
    /// Every permission, in the order in which they are documented.
    pub const ALL: [Self; 5] =
        [Self::CrudRole, Self::AssignRole, Self::CrudFilms, Self::PaidFilms, Self::FreeFilms];

    /// The name in tokens, in the API and in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CrudRole => "CRUD_ROLE",
            Self::AssignRole => "ASSIGN_ROLE",
            Self::CrudFilms => "CRUD_FILMS",
            Self::PaidFilms => "PAID_FILMS",
            Self::FreeFilms => "FREE_FILMS",
        }
    }

    /// What it allows, for people.
    pub const fn description(self, language: Language) -> &'static str {
        let (ru, en) = match self {
            Self::CrudRole => (
                "Создавать, изменять и удалять роли; читать журнал аудита",
                "Create, change and delete roles; read the audit log",
            ),
            Self::AssignRole => (
                "Находить пользователей; давать им роли и забирать их",
                "Find users; give roles to them and take them away",
            ),
            Self::CrudFilms => (
                "Управлять фильмами, жанрами, людьми и файлами; видеть фильмы в архиве",
                "Manage films, genres, persons and files; see archived films",
            ),
            Self::PaidFilms => ("Смотреть фильмы по подписке", "Watch films that need a subscription"),
            Self::FreeFilms => ("Смотреть бесплатные фильмы", "Watch free films"),
        };
        match language {
            Language::Ru => ru,
            Language::En => en,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.code() == code)
            .ok_or_else(|| UnknownPermission(code.to_owned()))
    }
}

/// A set of permissions: one byte, copied freely, written as a list of codes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet(u8);

impl PermissionSet {
    /// No right at all.
    pub const NONE: Self = Self(0);

    /// Every right there is.
    pub const ALL: Self = {
        let (mut bits, mut n) = (0, 0);
        while n < Permission::ALL.len() {
            bits |= Permission::ALL[n].bit();
            n += 1;
        }
        Self(bits)
    };

    /// What a visitor without a token may do when nothing else is configured.
    pub const ANONYMOUS: Self = Self(Permission::FreeFilms.bit());

    /// The set as a number, for atomics.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set of [`bits`](Self::bits); those of no permission are left out.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Whether `permission` is in the set.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in one of the sets and not in both.
    #[must_use]
    pub const fn symmetric_difference(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The permissions of the set, in documented order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    /// Codes that this version does not know are passed over, so that a newer issuer's tokens still verify here.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let codes = Vec::<String>::deserialize(deserializer).map_err(de::Error::custom)?;
        Ok(codes.iter().filter_map(|code| code.parse::<Permission>().ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_json_says() {
        for permission in Permission::ALL {
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.code());
            assert_eq!(permission.code().parse::<Permission>().unwrap(), permission);
        }
        assert!("ROOT".parse::<Permission>().is_err());
    }

    #[test]
    fn a_set_is_a_list_of_codes_and_back() {
        let set: PermissionSet = [Permission::FreeFilms, Permission::CrudFilms].into_iter().collect();
        let json = serde_json::to_value(set).unwrap();
        assert_eq!(json, serde_json::json!(["CRUD_FILMS", "FREE_FILMS"]));
        assert_eq!(serde_json::from_value::<PermissionSet>(json).unwrap(), set);
        assert!(set.contains(Permission::CrudFilms) && !set.contains(Permission::PaidFilms));
        assert_eq!(PermissionSet::from_bits(set.bits()), set);
        assert_eq!(PermissionSet::from_bits(u8::MAX), PermissionSet::ALL);
        assert_eq!(set.union(PermissionSet::ANONYMOUS), set);
    }

    #[test]
    fn sets_are_compared() {
        let set = |permissions: &[Permission]| permissions.iter().copied().collect::<PermissionSet>();
        let (editor, viewer) = (
            set(&[Permission::CrudFilms, Permission::FreeFilms]),
            set(&[Permission::PaidFilms, Permission::FreeFilms]),
        );
        assert_eq!(editor.without(viewer), set(&[Permission::CrudFilms]));
        assert_eq!(editor.symmetric_difference(viewer), set(&[Permission::CrudFilms, Permission::PaidFilms]));
        assert!(editor.without(PermissionSet::ALL).is_empty() && !editor.is_empty());
        assert_eq!(PermissionSet::ALL.iter().collect::<Vec<_>>(), Permission::ALL);
    }

    #[test]
    fn unknown_codes_of_a_newer_issuer_are_passed_over() {
        let set: PermissionSet = serde_json::from_str(r#"["TIME_TRAVEL","FREE_FILMS"]"#).unwrap();
        assert_eq!(set, PermissionSet::ANONYMOUS);
    }
}
