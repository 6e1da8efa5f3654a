//! The second factor: what an account with an authenticator app is asked for when it signs in, and the codes that
//! answer it.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use kino_domain::UserId;
use kino_engine::database::DbErr;
use kino_http::Problem;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::{
    Auth,
    admission::Method,
    guessing::Attempt,
    recovery,
    store::{MfaChallenge, Totp, User, mfa_challenges, recovery_codes, totp},
    totp::TotpSecret,
};

/// How long someone may take to type a code.
pub(crate) const LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// Wrong codes, after which one begins with the password again.
const ATTEMPTS: i32 = 5;
const TOKEN_BYTES: usize = 32;
/// What secrets of apps are encrypted for.
const SECRET_PURPOSE: &str = "totp";

/// A sign-in that is not done yet: a code is wanted.
#[derive(Clone, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the API's names")]
pub(crate) struct MfaRequired {
    /// Always `true`.
    #[schema(example = true)]
    mfa_required: bool,
    /// For `POST /sessions/mfa`, together with a code.
    mfa_token: String,
    /// The kinds of code that are taken.
    methods: [CodeKind; 2],
    /// Until when the token is good.
    expires_at: DateTime<Utc>,
}

impl MfaRequired {
    pub(crate) fn into_token(self) -> String {
        self.mfa_token
    }
}

/// What a code is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CodeKind {
    /// The authenticator app.
    Totp,
    /// The list of recovery codes.
    RecoveryCode,
}

impl CodeKind {
    /// The word in the history.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// A code as someone typed it.
pub(crate) struct Code {
    pub(crate) kind: CodeKind,
    text: String,
}

impl Code {
    /// Six digits are the app's, however they are grouped; anything else is looked for among the recovery codes.
    pub(crate) fn read(typed: &str) -> Self {
        let text: String = typed.chars().filter(|c| c.is_alphanumeric()).collect();
        let is_totp = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        Self { kind: if is_totp { CodeKind::Totp } else { CodeKind::RecoveryCode }, text }
    }

    /// Without what groups it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// What is kept of a challenge's token. It is random: a fast hash is enough.
pub(crate) fn token_digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

impl Auth {
    /// Asks for a code before letting the account in. The caller commits.
    pub(crate) async fn challenge(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        totp: &Totp,
        method: &Method,
    ) -> Result<MfaRequired, DbErr> {
        let token = URL_SAFE_NO_PAD.encode(self.entropy.bytes::<TOKEN_BYTES>());
        let challenge = MfaChallenge {
            token_digest: token_digest(&token),
            user_id: user.id,
            method: method.code(),
            basis: self.basis(user, totp),
            attempts_left: ATTEMPTS,
            expires_at: self.clock.now() + LIFETIME,
        };
        mfa_challenges::insert(tx, &challenge).await?;
        Ok(MfaRequired {
            mfa_required: true,
            mfa_token: token,
            methods: [CodeKind::Totp, CodeKind::RecoveryCode],
            expires_at: challenge.expires_at,
        })
    }

    /// The account's app, if the challenge still rests on it and on the account's password.
    pub(crate) async fn challenged_totp(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        challenge: &MfaChallenge,
    ) -> Result<Option<Totp>, DbErr> {
        let totp = totp::find_confirmed(tx, user.id).await?;
        Ok(totp.filter(|totp| self.basis(user, totp) == challenge.basis))
    }

    fn basis(&self, user: &User, totp: &Totp) -> [u8; 32] {
        let password_hash = user.password_hash.as_deref().unwrap_or_default();
        self.secrets.seal("mfa challenge", &[password_hash.as_bytes(), &totp.sealed_secret])
    }

    /// Whether a code is right; if it is, it is spent. The caller's transaction holds the account's lock.
    pub(crate) async fn spend_code(
        &self,
        tx: &impl ConnectionTrait,
        totp: &Totp,
        code: &Code,
    ) -> Result<bool, Problem> {
        match code.kind {
            CodeKind::Totp => match self.open_secret(totp)?.step_of(&code.text, self.clock.now()) {
                Some(step) => Ok(totp::spend_step(tx, totp.user_id, step).await?),
                None => Ok(false),
            },
            CodeKind::RecoveryCode => {
                let digest = recovery::digest(totp.user_id, &code.text);
                Ok(recovery_codes::spend(tx, totp.user_id, digest).await?)
            }
        }
    }

    /// Makes recovery codes in the place of the old, and gives them for the one time that they are shown.
    pub(crate) async fn make_recovery_codes(
        &self,
        tx: &impl ConnectionTrait,
        user_id: UserId,
    ) -> Result<[String; recovery::COUNT], DbErr> {
        let codes = recovery::make(&self.entropy);
        let digests = codes.iter().map(|code| recovery::digest(user_id, code));
        recovery_codes::replace(tx, user_id, digests).await?;
        Ok(codes)
    }

    pub(crate) fn seal_secret(&self, user_id: UserId, secret: &TotpSecret) -> Vec<u8> {
        self.secrets.encrypt(SECRET_PURPOSE, user_id.0.as_bytes(), secret.as_bytes())
    }

    pub(crate) fn open_secret(&self, totp: &Totp) -> Result<TotpSecret, Problem> {
        let bytes = self.secrets.decrypt(SECRET_PURPOSE, totp.user_id.0.as_bytes(), &totp.sealed_secret);
        bytes.and_then(|bytes| TotpSecret::from_bytes(&bytes)).ok_or_else(|| {
            Problem::internal(&"the data key does not open the secret of an authenticator app")
        })
    }

    /// Counts an attempt at a code of an account. Wrong codes and wrong passwords are counted apart: who knows the one
    /// must not have endless tries at the other.
    pub(crate) async fn code_attempt(&self, user_id: UserId, address: IpAddr) -> Result<Attempt, Problem> {
        let is_known = self.knows_source(user_id, address).await?;
        self.guessing.attempt_on_account(&format!("code:{user_id}"), address, is_known).await
    }
}

/// Takes back what was counted against a code that was right. What the code was for is committed by then: a cache that
/// fails now costs a wait at most.
pub(crate) async fn code_was_right(attempt: Attempt) {
    if let Err(error) = attempt.succeeded().await {
        tracing::warn!(%error, "a right code could not be taken out of the counter of wrong ones");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_by_its_form() {
        for typed in ["123456", " 123 456 ", "123-456", "12\u{a0}34\u{a0}56"] {
            let code = Code::read(typed);
            assert_eq!((code.kind, code.text.as_str()), (CodeKind::Totp, "123456"), "{typed}");
        }
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６", "٠١٢٣٤٥", "0123-4567-89AB-CDEF"]
        {
            assert_eq!(Code::read(typed).kind, CodeKind::RecoveryCode, "{typed}");
        }
    }
}
