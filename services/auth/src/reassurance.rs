//! Asking once more who it is, before what a token alone must not do: a token may have been stolen.

use std::net::IpAddr;

use kino_http::Problem;
use kino_token::{Claims, require_token_problem};

use crate::{Auth, hashing::Comparison, store::users};

/// No password is longer; what is, is not hashed.
const PASSWORD_LONGEST_BYTES: usize = 1024;

fn required() -> Problem {
    Problem::forbidden(
        "reauthentication_required",
        "Подтвердите, что это вы: пришлите пароль или войдите заново.",
        "Confirm that it is you: send the password, or sign in anew.",
    )
}

fn wrong_password() -> Problem {
    Problem::forbidden("wrong_password", "Неверный пароль.", "The password is wrong.")
}

impl Auth {
    /// Lets those go on who show the account's password, or whose token comes from a sign-in rather than a refresh.
    pub(crate) async fn reassure(
        &self,
        claims: &Claims,
        password: Option<String>,
        source: IpAddr,
    ) -> Result<(), Problem> {
        let Some(password) = password else {
            return if claims.fresh { Ok(()) } else { Err(required()) };
        };
        let user = users::find(self.database.read(), claims.user_id).await?;
        let user = user.ok_or_else(require_token_problem)?;
        let place = self.hashing.place()?;
        let attempt = self.guessing.attempt(&user.id.to_string(), source).await?;
        let password = if password.len() > PASSWORD_LONGEST_BYTES { String::new() } else { password };
        match self.hashing.compare(place, password, user.password_hash).await? {
            Comparison::Match { .. } => Ok(attempt.succeeded().await?),
            Comparison::Mismatch => Err(wrong_password()),
        }
    }
}
