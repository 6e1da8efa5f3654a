//! Showing once more, within a session, that one is the account's owner: a token may be stolen, or a computer left
//! unlocked.

use std::net::IpAddr;

use kino_http::{FieldError, Problem};
use kino_token::{Claims, require_token_problem};
use sea_orm::ConnectionTrait;

use crate::{
    Auth,
    guessing::Attempt,
    hashing::Comparison,
    second_factor::{Code, code_was_right},
    store::{Totp, User, users},
};

/// No password is longer; what is, is not hashed.
const PASSWORD_LONGEST_BYTES: usize = 1024;

/// What an owner shows.
pub(crate) enum Proof {
    /// The password, which was compared.
    Password,
    /// A code, which is yet to be spent.
    Code { code: Code, attempt: Attempt },
}

fn wrong_password() -> Problem {
    Problem::invalid(vec![FieldError::new("password", "wrong", "Неверный пароль.", "The password is wrong.")])
}

/// A code that is wrong where it is a field among others.
pub(crate) fn wrong_code() -> Problem {
    Problem::invalid(vec![FieldError::new(
        "code",
        "wrong",
        "Неверный код, или им уже воспользовались.",
        "The code is wrong, or was used before.",
    )])
}

fn password_changed() -> Problem {
    Problem::conflict(
        "password_changed",
        "Пароль только что изменили в другом месте. Войдите снова.",
        "The password was changed elsewhere just now. Sign in again.",
    )
}

fn fresh_sign_in_required() -> Problem {
    Problem::forbidden(
        "fresh_sign_in_required",
        "Пришлите пароль в поле password или войдите заново.",
        "Send the password in the field password, or sign in again.",
    )
}

impl Auth {
    /// Lets those go on who show the account's password, or whose token comes from a sign-in rather than a refresh.
    pub(crate) async fn reassure(
        &self,
        claims: &Claims,
        password: Option<String>,
        address: IpAddr,
    ) -> Result<User, Problem> {
        let user =
            users::find(self.database.read(), claims.user_id).await?.ok_or_else(require_token_problem)?;
        match password {
            Some(password) => self.compare_password(&user, password, address).await?,
            None if claims.fresh => {}
            None => return Err(fresh_sign_in_required()),
        }
        Ok(user)
    }

    /// Lets those go on who show the account's password in this field. Where the account has none, the token must come
    /// from a sign-in.
    pub(crate) async fn confirm_password(
        &self,
        claims: &Claims,
        user: &User,
        (field, password): (&str, Option<String>),
        address: IpAddr,
    ) -> Result<(), Problem> {
        if user.password_hash.is_none() {
            return if claims.fresh { Ok(()) } else { Err(fresh_sign_in_required()) };
        }
        let wrong = |code, ru, en| Problem::invalid(vec![FieldError::new(field, code, ru, en)]);
        let Some(password) = password else {
            return Err(wrong("required", "Нужен текущий пароль.", "The current password is needed."));
        };
        if self.is_password_of(user, password, address).await? {
            return Ok(());
        }
        Err(wrong("wrong", "Это не текущий пароль.", "This is not the current password."))
    }

    /// Takes the password, or else the code. A password is compared here, outside of any transaction; a code is left
    /// to [`Proof::holds`].
    pub(crate) async fn prove(
        &self,
        user: &User,
        password: Option<String>,
        code: Option<&str>,
        address: IpAddr,
    ) -> Result<Proof, Problem> {
        if let Some(password) = password {
            self.compare_password(user, password, address).await?;
            return Ok(Proof::Password);
        }
        if let Some(code) = code {
            let attempt = self.code_attempt(user.id, address).await?;
            return Ok(Proof::Code { code: Code::read(code), attempt });
        }
        let field = if user.password_hash.is_some() { "password" } else { "code" };
        let (ru, en) = ("Обязательное поле.", "This field is required.");
        Err(Problem::invalid(vec![FieldError::new(field, "required", ru, en)]))
    }

    /// Lets those go on who show the account's password in the field `password`.
    pub(crate) async fn compare_password(
        &self,
        user: &User,
        password: String,
        address: IpAddr,
    ) -> Result<(), Problem> {
        if self.is_password_of(user, password, address).await? { Ok(()) } else { Err(wrong_password()) }
    }

    /// Compares the caller's password, with its own count of wrong ones: who stole a token shall not try out passwords
    /// with it.
    ///
    /// Takes as long as a hash, and so runs outside of transactions: in one, [`lock_unchanged`](Self::lock_unchanged)
    /// asks again.
    async fn is_password_of(&self, user: &User, password: String, address: IpAddr) -> Result<bool, Problem> {
        let place = self.hashing.place().await?;
        let is_known = self.knows_source(user.id, address).await?;
        let secret = format!("password:{}", user.id);
        let attempt = self.guessing.attempt_on_account(&secret, address, is_known).await?;
        let is_possible = password.len() <= PASSWORD_LONGEST_BYTES;
        let stored = user.password_hash.clone().filter(|_| is_possible);
        let password = if is_possible { password } else { String::new() };
        match self.hashing.compare(place, password, stored).await? {
            Comparison::Match { .. } => {
                attempt.succeeded().await?;
                Ok(true)
            }
            Comparison::Mismatch => {
                attempt.failed().await?;
                Ok(false)
            }
        }
    }

    /// Locks the account whose password was compared. It must be the same still.
    pub(crate) async fn lock_unchanged(
        &self,
        tx: &impl ConnectionTrait,
        compared: &User,
    ) -> Result<User, Problem> {
        let user = users::lock(tx, compared.id, self.clock.now()).await?.ok_or_else(require_token_problem)?;
        if user.password_hash == compared.password_hash { Ok(user) } else { Err(password_changed()) }
    }
}

impl Proof {
    /// Whether it holds; a code is spent. The caller's transaction holds the account's lock.
    pub(crate) async fn holds(
        &self,
        auth: &Auth,
        tx: &impl ConnectionTrait,
        totp: &Totp,
    ) -> Result<bool, Problem> {
        match self {
            Self::Password => Ok(true),
            Self::Code { code, .. } => auth.spend_code(tx, totp, code).await,
        }
    }

    /// To be told after the commit.
    pub(crate) async fn was_right(self) {
        if let Self::Code { attempt, .. } = self {
            code_was_right(attempt).await;
        }
    }

    /// To be told after the transaction was rolled back; the answer.
    pub(crate) async fn was_wrong(self) -> Problem {
        match self {
            Self::Password => wrong_password(),
            Self::Code { attempt, .. } => {
                attempt.failed().await.map_or_else(Problem::from, |()| wrong_code())
            }
        }
    }
}
