//! Roles: named sets of permissions, and who may hand them on.

use kino_domain::{Permission, PermissionSet, tidy};
use kino_http::FieldError;
use kino_token::{ANONYMOUS, Claims};

const CODE: std::ops::RangeInclusive<usize> = 2..=40;
const NAME_LONGEST: usize = 100;
const DESCRIPTION_LONGEST: usize = 500;

/// So many roles may an account have: each makes its tokens longer.
pub const MOST_ROLES: usize = 20;

/// A role as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name in tokens and in the API.
    pub code: String,
    /// The name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows.
    pub permissions: PermissionSet,
    /// Whether it exists from the beginning and cannot be deleted.
    pub built_in: bool,
    /// Grows whenever the permissions change. Tokens carry it, so that those with the permissions of before are known.
    pub version: i64,
}

/// A role that exists from the beginning and cannot be deleted.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// The name in tokens and in the API.
    pub code: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// What it allows at first; an administrator may change that.
    pub permissions: &'static [Permission],
}

/// Manages everything.
pub const ADMIN: &str = "ADMIN";
/// What a new account has.
pub const NEWCOMER: &str = "UNSUB_USER";

/// What the role ADMIN must allow for good: without it nobody could give it back.
pub const ESSENTIAL: [Permission; 2] = [Permission::CrudRole, Permission::AssignRole];
/// What visitors may be allowed. For anything else one signs in.
pub const FOR_VISITORS: [Permission; 2] = [Permission::PaidFilms, Permission::FreeFilms];

/// The roles of a new database.
pub const BUILT_IN: [BuiltIn; 4] = [
    BuiltIn {
        code: ADMIN,
        name: "Administrator",
        permissions: &[
            Permission::CrudRole,
            Permission::AssignRole,
            Permission::CrudFilms,
            Permission::PaidFilms,
            Permission::FreeFilms,
        ],
    },
    BuiltIn {
        code: "SUB_USER",
        name: "Subscriber",
        permissions: &[Permission::PaidFilms, Permission::FreeFilms],
    },
    BuiltIn { code: NEWCOMER, name: "Viewer", permissions: &[Permission::FreeFilms] },
    BuiltIn { code: ANONYMOUS, name: "Visitor", permissions: &[Permission::FreeFilms] },
];

/// A role's code: 2 to 40 of A-Z, 0-9 and `_`, beginning with a letter.
///
/// Small letters are refused rather than enlarged: the code that was typed is the one that works everywhere.
pub fn code(text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if !CODE.contains(&text.len()) {
        return Err(FieldError::new("code", "length", "От 2 до 40 знаков.", "From 2 to 40 characters."));
    }
    let is_allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if !text.bytes().all(is_allowed) || !text.starts_with(|first: char| first.is_ascii_uppercase()) {
        return Err(FieldError::new(
            "code",
            "characters",
            "Только заглавные латинские буквы, цифры и подчёркивание; первой — буква.",
            "Capital Latin letters, digits and underscores only, beginning with a letter.",
        ));
    }
    Ok(text.to_owned())
}

/// A role's name for people: 1 to 100 characters.
pub fn name(text: &str) -> Result<String, FieldError> {
    let name = tidy(text);
    if (1..=NAME_LONGEST).contains(&name.chars().count()) {
        return Ok(name);
    }
    Err(FieldError::new("name", "length", "От 1 до 100 знаков.", "From 1 to 100 characters."))
}

/// What a role is for, in at most 500 characters; an empty text is none.
pub fn description(text: Option<&str>) -> Result<Option<String>, FieldError> {
    let description = text.map(tidy).filter(|text| !text.is_empty());
    match description {
        Some(text) if text.chars().count() > DESCRIPTION_LONGEST => {
            let (ru, en) = ("Не более 500 знаков.", "At most 500 characters.");
            Err(FieldError::new("description", "length", ru, en))
        }
        description => Ok(description),
    }
}

/// The permissions of a role; of visitors' only some are possible.
pub fn permissions(code: &str, listed: &[Permission]) -> Result<PermissionSet, FieldError> {
    let misplaced =
        listed.iter().position(|permission| code == ANONYMOUS && !FOR_VISITORS.contains(permission));
    if let Some(n) = misplaced {
        let (ru, en) = (
            "Для этого нужно войти; посетителям это не дать.",
            "Visitors cannot have it: it needs signing in.",
        );
        return Err(FieldError::new(format!("permissions[{n}]"), "not_for_visitors", ru, en));
    }
    Ok(listed.iter().copied().collect())
}

/// What someone may put into roles and take out of them, and so the roles that they may give and take away: what they
/// may do themselves. Otherwise who may assign roles could become anything. An administrator may hand on everything,
/// or what the role ADMIN once lost could never come back.
pub fn may_hand_on(claims: &Claims) -> PermissionSet {
    if claims.roles.contains_key(ADMIN) { PermissionSet::ALL } else { claims.permissions }
}

/// What a role makes of its holder, as far as handing it on is concerned.
pub fn reach(code: &str, permissions: PermissionSet) -> PermissionSet {
    if code == ADMIN { PermissionSet::ALL } else { permissions }
}

/// What several roles allow together, and the code of the strongest of them.
pub fn combine<'a>(roles: impl Iterator<Item = &'a Role> + Clone) -> (String, PermissionSet) {
    let union = roles.clone().fold(PermissionSet::NONE, |all, role| all.union(role.permissions));
    let strongest = roles.max_by_key(|role| (strength(role.permissions), std::cmp::Reverse(&role.code)));
    (strongest.map(|role| role.code.clone()).unwrap_or_default(), union)
}

/// Compares sets by their strongest permission, then by the next: permissions are listed from strong to weak.
fn strength(permissions: PermissionSet) -> Vec<bool> {
    Permission::ALL.into_iter().map(|permission| permissions.contains(permission)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(code: &str, permissions: &[Permission]) -> Role {
        Role {
            code: code.into(),
            name: code.into(),
            description: None,
            permissions: permissions.iter().copied().collect(),
            built_in: false,
            version: 0,
        }
    }

    #[test]
    fn the_strongest_role_names_the_token_and_the_union_rules() {
        let roles: Vec<_> =
            BUILT_IN.iter().map(|built_in| role(built_in.code, built_in.permissions)).collect();
        assert_eq!(combine(roles.iter()).0, ADMIN);
        assert_eq!(combine(roles[1..].iter()).0, "SUB_USER");
        let editor = role("EDITOR", &[Permission::CrudFilms]);
        let (strongest, union) = combine([&roles[1], &editor].into_iter());
        assert_eq!(strongest, "EDITOR");
        assert!(union.contains(Permission::PaidFilms) && union.contains(Permission::CrudFilms));
        assert_eq!(combine([].into_iter()), (String::new(), PermissionSet::NONE));
    }

    #[test]
    fn codes() {
        for good in ["AB", "EDITOR", "SUB_USER_2", "A_", &"X".repeat(40), " EDITOR "] {
            assert!(code(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", "length"),
            ("A", "length"),
            (&"X".repeat(41), "length"),
            ("editor", "characters"),
            ("2ND", "characters"),
            ("_A", "characters"),
            ("A-B", "characters"),
            ("A B", "characters"),
            ("A\u{0}B", "characters"),
            ("РОЛЬ", "characters"),
            ("\u{212a}A", "characters"),
        ] {
            assert_eq!(code(bad).unwrap_err().code, why, "{bad:?}");
        }
    }

    #[test]
    fn names_and_descriptions_are_tidied_and_measured_in_characters() {
        assert_eq!(name("  Редак\u{0}тор ").unwrap(), "Редактор");
        assert!(
            name(&"ё".repeat(100)).is_ok() && name(&"ё".repeat(101)).is_err() && name(" \u{0} ").is_err()
        );
        assert_eq!(description(Some("  ")).unwrap(), None);
        assert_eq!(description(None).unwrap(), None);
        assert!(description(Some(&"ё".repeat(500))).is_ok() && description(Some(&"ё".repeat(501))).is_err());
    }

    #[test]
    fn visitors_only_watch() {
        use Permission::{AssignRole, FreeFilms, PaidFilms};
        assert_eq!(
            permissions("EDITOR", &[AssignRole, FreeFilms, AssignRole]).unwrap(),
            [FreeFilms, AssignRole].into_iter().collect()
        );
        assert!(permissions(ANONYMOUS, &[FreeFilms, PaidFilms]).is_ok());
        assert_eq!(permissions(ANONYMOUS, &[FreeFilms, AssignRole]).unwrap_err().field, "permissions[1]");
    }
}
