//! Erasing an account, whoever wished it: everything that tells of a person goes, here and, by the event, in the other
//! services. The audit log keeps the id, which then names nobody.

use kino_domain::{AuthEvent, InvalidationReason, fold};
use kino_engine::database::DbErr;
use sea_orm::ConnectionTrait;

use crate::{
    Auth,
    store::{User, letters, sign_ins, users},
};

impl Auth {
    /// Erases a locked account. The events go with the caller's commit: from then on its tokens are refused.
    pub(crate) async fn erase(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
    ) -> Result<[AuthEvent; 2], DbErr> {
        let refused = self.invalidate_tokens(tx, user, InvalidationReason::SignedOut).await?;
        // What hangs on the account by a foreign key goes with its row. The history, which is in parts, has none, and
        // some letters know but the address.
        sign_ins::erase(tx, user.id).await?;
        letters::withdraw_all(tx, &fold(&user.email)).await?;
        users::delete(tx, user.id).await?;
        Ok([refused, AuthEvent::UserErased { user_id: user.id }])
    }
}
