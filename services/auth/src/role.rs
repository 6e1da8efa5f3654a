//! Roles: named sets of permissions.

use kino_domain::{Permission, PermissionSet};

/// A role as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name in tokens and in the API.
    pub code: String,
    /// What it allows.
    pub permissions: PermissionSet,
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
    BuiltIn { code: "ANONYMOUS", name: "Visitor", permissions: &[Permission::FreeFilms] },
];

/// What several roles allow together, and the strongest of them.
pub fn combine(roles: &[Role]) -> (String, PermissionSet) {
    let union = roles.iter().fold(PermissionSet::NONE, |all, role| all.union(role.permissions));
    let strongest =
        roles.iter().max_by_key(|role| (strength(role.permissions), std::cmp::Reverse(&role.code)));
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
        Role { code: code.into(), permissions: permissions.iter().copied().collect() }
    }

    #[test]
    fn the_strongest_role_names_the_token_and_the_union_rules() {
        let roles: Vec<_> =
            BUILT_IN.iter().map(|built_in| role(built_in.code, built_in.permissions)).collect();
        assert_eq!(combine(&roles).0, ADMIN);
        assert_eq!(combine(&roles[1..]).0, "SUB_USER");
        let editor = role("EDITOR", &[Permission::CrudFilms]);
        let (strongest, union) = combine(&[roles[1].clone(), editor]);
        assert_eq!(strongest, "EDITOR");
        assert!(union.contains(Permission::PaidFilms) && union.contains(Permission::CrudFilms));
        assert_eq!(combine(&[]), (String::new(), PermissionSet::NONE));
    }
}
