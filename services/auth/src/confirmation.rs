//! Showing once more that one knows the password, before what a stolen access token must not be enough for.

use kino_http::{ClientAddress, FieldError, Problem};
use kino_token::Claims;

use crate::{Auth, hashing::Comparison, store::User};

/// No password is longer; what is, is not hashed.
const LONGEST_BYTES: usize = 1024;

/// The password of an account that has one, shown in this field of the request.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) field: &'a str,
    pub(crate) password: Option<String>,
    pub(crate) from: ClientAddress,
}

impl Auth {
    /// Makes sure that the password shown is the account's. Attempts are counted, so that who holds a stolen token
    /// cannot try them all. For an account without a password it must be a token from a sign-in, not from a refresh.
    ///
    /// Takes as long as a hash: call it outside of transactions, and under the account's lock compare again with
    /// [`unchanged`].
    pub(crate) async fn confirm_password(
        &self,
        caller: &Claims,
        user: &User,
        shown: Shown<'_>,
    ) -> Result<(), Problem> {
        let Some(stored) = user.password_hash.clone() else {
            return if caller.fresh { Ok(()) } else { Err(not_fresh()) };
        };
        let Some(password) = shown.password else {
            let (ru, en) = ("Нужен текущий пароль.", "The current password is needed.");
            return Err(Problem::invalid(vec![FieldError::new(shown.field, "required", ru, en)]));
        };
        // First the place: an attempt for which there is none is not made, and so not counted.
        let place = self.hashing.place()?;
        let secret = format!("password:{}", user.id);
        // Where the account signs in from says nothing here: a thief may sit there too.
        let attempt = self.guessing.attempt_on_account(&secret, shown.from.0, false).await?;
        let password = if password.len() > LONGEST_BYTES { String::new() } else { password };
        match self.hashing.compare(place, password, Some(stored)).await? {
            Comparison::Match { .. } => Ok(attempt.succeeded().await?),
            Comparison::Mismatch => {
                attempt.failed().await?;
                let (ru, en) = ("Это не текущий пароль.", "This is not the current password.");
                Err(Problem::invalid(vec![FieldError::new(shown.field, "wrong", ru, en)]))
            }
        }
    }
}

fn not_fresh() -> Problem {
    Problem::forbidden(
        "fresh_sign_in_required",
        "У учётной записи нет пароля, поэтому для этого нужно войти заново.",
        "The account has no password, so this needs a new sign-in.",
    )
}

/// The account under its lock, if its password is still the one that was compared.
pub(crate) fn unchanged(locked: Option<User>, compared: &User) -> Result<User, Problem> {
    locked.filter(|user| user.password_hash == compared.password_hash).ok_or_else(|| {
        Problem::conflict(
            "password_changed",
            "Пароль только что изменили в другом месте. Войдите снова.",
            "The password was changed elsewhere just now. Sign in again.",
        )
    })
}
