//! The ways into an account: whoever takes one away makes sure that another stays.

use kino_engine::database::DbErr;
use kino_http::Problem;
use sea_orm::ConnectionTrait;

use crate::{
    Auth,
    store::{StoredIdentity, User, identities, passkeys},
};

fn last_way_in() -> Problem {
    Problem::conflict(
        "last_way_in",
        "Это единственный способ войти в вашу учётную запись. Сначала задайте пароль или добавьте другой способ.",
        "This is the only way into your account. Set a password or add another way first.",
    )
}

impl Auth {
    /// Refuses to leave an account without a way in, after one was taken away in this transaction.
    pub(crate) async fn ensure_way_in(&self, tx: &impl ConnectionTrait, user: &User) -> Result<(), Problem> {
        if self.has_way_in(tx, user).await? { Ok(()) } else { Err(last_way_in()) }
    }

    async fn has_way_in(&self, tx: &impl ConnectionTrait, user: &User) -> Result<bool, DbErr> {
        if user.password_hash.is_some() || !passkeys::of_user(tx, user.id).await?.is_empty() {
            return Ok(true);
        }
        // An identity of a provider that is set up no more opens nothing.
        let opens = |identity: &StoredIdentity| {
            let provider = self.social.find(&identity.key.provider);
            provider.is_ok_and(|provider| provider.issuer() == identity.key.issuer)
        };
        Ok(identities::of_user(tx, user.id).await?.iter().any(opens))
    }
}
