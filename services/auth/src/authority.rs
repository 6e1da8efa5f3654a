//! Who may manage whom: nobody manages an account that may more than they themselves, and the last administrator stays.

use kino_domain::UserId;
use kino_http::Problem;
use kino_token::Claims;
use sea_orm::ConnectionTrait;

use crate::{
    Auth,
    role::{self, ADMIN, Role},
    store::{User, roles, users},
};

pub(crate) fn no_such_user() -> Problem {
    Problem::not_found("user_not_found", "Такого пользователя нет.", "There is no such user.")
}

pub(crate) fn last_administrator() -> Problem {
    Problem::conflict(
        "last_administrator",
        "Это последний администратор; сначала дайте роль ADMIN кому-нибудь ещё.",
        "This is the last administrator; give the role ADMIN to someone else first.",
    )
}

fn beyond_own() -> Problem {
    Problem::forbidden(
        "permission_beyond_own",
        "У этой учётной записи есть права, которых нет у вас.",
        "This account has permissions that you do not have.",
    )
}

impl Auth {
    /// Locks an account that someone manages; refuses where it may more than they.
    pub(crate) async fn lock_managed(
        &self,
        tx: &impl ConnectionTrait,
        manager: &Claims,
        id: UserId,
    ) -> Result<User, Problem> {
        let user = users::lock(tx, id, self.clock.now()).await?.ok_or_else(no_such_user)?;
        let own = role::may_hand_on(manager);
        let held = roles::held_by(tx, id, self.clock.now()).await?;
        let is_beyond = |role: &Role| !role::reach(&role.code, role.permissions).without(own).is_empty();
        if held.iter().any(|held| is_beyond(&held.role)) { Err(beyond_own()) } else { Ok(user) }
    }

    /// Refuses to let a locked account go, where nobody would be left to manage the others.
    pub(crate) async fn spare_last_administrator(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
    ) -> Result<(), Problem> {
        let is_administrator =
            roles::held_by(tx, user.id, self.clock.now()).await?.iter().any(|held| held.role.code == ADMIN);
        if is_administrator && !roles::lock_and_ask_for_others(tx, ADMIN, user.id).await? {
            return Err(last_administrator());
        }
        Ok(())
    }
}
