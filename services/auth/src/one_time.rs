//! Tokens that open something once, for who reads the letters to an address. They exist in the letter alone: what is
//! kept is their digest.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use http::StatusCode;
use kino_domain::Entropy;
use kino_engine::database::DbErr;
use kino_http::Problem;
use sea_orm::ConnectionTrait;
use sha2::{Digest as _, Sha256};

use crate::{
    Auth,
    store::{OneTimeToken, User, one_time_tokens, users},
};

/// So long that neither guessing nor a faster hash than SHA-256's would find one.
const TOKEN_BYTES: usize = 32;

pub(crate) type TokenDigest = [u8; 32];

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    VerifyEmail,
    ResetPassword,
}

impl Purpose {
    /// The word in the table.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
        }
    }

    /// How long a token is good from its issue.
    pub(crate) const fn lifetime(self) -> TimeDelta {
        match self {
            Self::VerifyEmail => TimeDelta::hours(24),
            Self::ResetPassword => TimeDelta::minutes(30),
        }
    }
}

/// One answer for every token that opens nothing: who tries some learns nothing of why.
pub(crate) fn link_invalid() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "link_invalid",
        "Эта ссылка уже использована или устарела. Запросите новое письмо.",
        "This link was used already, or is too old. Ask for a new letter.",
    )
}

/// A new token, for the letter alone.
fn generate(entropy: &Entropy) -> String {
    URL_SAFE_NO_PAD.encode(entropy.bytes::<TOKEN_BYTES>())
}

fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token.trim()).into()
}

impl Auth {
    /// Issues a token to the account's address; earlier ones for the same purpose open nothing any more. The
    /// transaction holds the account's lock.
    pub(crate) async fn issue_token(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        purpose: Purpose,
    ) -> Result<String, DbErr> {
        let token = generate(&self.entropy);
        let issued = OneTimeToken {
            digest: digest(&token),
            user_id: user.id,
            purpose,
            address: user.email.clone(),
            expires_at: self.clock.now() + purpose.lifetime(),
        };
        one_time_tokens::issue(tx, issued).await?;
        Ok(token)
    }

    /// What a token from a letter stands for.
    pub(crate) async fn find_token(&self, token: &str, purpose: Purpose) -> Result<OneTimeToken, Problem> {
        let found =
            one_time_tokens::find(self.database.read(), digest(token), purpose, self.clock.now()).await?;
        found.ok_or_else(link_invalid)
    }

    /// Spends a token. The account comes locked; its address is still the one that the token was sent to.
    pub(crate) async fn spend_token(
        &self,
        tx: &impl ConnectionTrait,
        token: &OneTimeToken,
    ) -> Result<User, Problem> {
        let user = users::lock(tx, token.user_id, self.clock.now()).await?.filter(|user| token.opens(user));
        let user = user.ok_or_else(link_invalid)?;
        if one_time_tokens::take(tx, token.digest).await? { Ok(user) } else { Err(link_invalid()) }
    }
}

impl OneTimeToken {
    fn opens(&self, user: &User) -> bool {
        self.user_id == user.id && self.address == user.email && user.blocked_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_unlike_others_and_safe_in_a_link() {
        let entropy = Entropy::system();
        let (one, other) = (generate(&entropy), generate(&entropy));
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{one}");
        assert_ne!(digest(&one), digest(&other));
        assert_eq!(digest(&one), digest(&format!(" {one}\n")), "copied with what stood around it");
    }
}
