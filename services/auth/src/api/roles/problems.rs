//! What several routes about roles refuse alike.

use kino_domain::PermissionSet;
use kino_http::Problem;
use kino_token::Claims;

use crate::role;

pub(crate) fn no_such_role() -> Problem {
    Problem::not_found("role_not_found", "Такой роли нет.", "There is no such role.")
}

/// Whether the caller may hand on these permissions.
pub(crate) fn within_own(caller: &Claims, permissions: PermissionSet) -> Result<(), Problem> {
    let beyond = permissions.without(role::may_hand_on(caller));
    if beyond.is_empty() {
        return Ok(());
    }
    let codes: Vec<_> = beyond.iter().map(kino_domain::Permission::code).collect();
    let codes = codes.join(", ");
    Err(Problem::forbidden(
        "permission_beyond_own",
        format!("Распоряжаться можно только теми правами, которые есть у вас самих. У вас нет: {codes}."),
        format!("Only permissions that you have yourself are yours to hand on. You do not have {codes}."),
    ))
}
