//! Opening an account: what registering and arriving from a provider share.

use kino_domain::{AuthEvent, Language};
use sea_orm::ConnectionTrait;

use crate::{
    Auth,
    letters::Kind,
    role::NEWCOMER,
    store::{NewUser, User, roles, users},
};

impl Auth {
    /// Opens an account, in the caller's transaction: with the role of a newcomer, and a letter that asks to prove the
    /// address, unless it is proven. Call [`Post::wake`](crate::letters::Post::wake) after the commit.
    pub(crate) async fn open_account(
        &self,
        tx: &impl ConnectionTrait,
        new: NewUser,
        language: Language,
    ) -> Result<(User, AuthEvent), users::InsertError> {
        let now = self.clock.now();
        let user = users::insert(tx, new, now).await?;
        roles::give(tx, user.id, NEWCOMER, None, None, now).await?;
        if !user.email_verified {
            self.write_to(tx, &user, Kind::VerifyEmail, language).await?;
        }
        let registered = AuthEvent::UserRegistered {
            user_id: user.id,
            username: user.username.clone(),
            email: user.email.clone(),
        };
        Ok((user, registered))
    }
}
