//! Making the first administrator, from the command line.

use std::path::Path;

use kino_domain::{AuthEvent, Clock, Entropy, UserId};
use kino_engine::{Database, database::DbErr, outbox::Outbox};
use serde_json::json;

use crate::{
    account,
    audit::{self, Action},
    hashing::{Hashing, HashingError},
    keys::KeyError,
    password::new_password,
    role::{ADMIN, NEWCOMER},
    secrets::Secrets,
    store::{Clash, Migrator, NewUser, roles, users},
};

/// Who is to be the administrator.
#[derive(Debug)]
pub struct SuperuserForm {
    /// The user name.
    pub username: String,
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Why no administrator was made.
#[derive(Debug, thiserror::Error)]
pub enum SuperuserError {
    /// A field is wrong.
    #[error("{field}: {message}")]
    Field {
        /// The field.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// Another account has the name.
    #[error("the user name is taken; choose another")]
    UsernameTaken,
    /// Another account has the address.
    #[error("the e-mail address is taken; use another, or give that account the role ADMIN")]
    EmailTaken,
    /// The database failed.
    #[error("the auth database: {0}")]
    Database(#[from] DbErr),
    /// The data key, which seals the audit log.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hashing(#[from] HashingError),
}

/// Makes an administrator in the auth database, whose keys are in `keys`. A running server knows of it at once.
pub async fn create_superuser(
    database: &Database,
    keys: &Path,
    form: SuperuserForm,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<UserId, SuperuserError> {
    let field = |error: kino_http::FieldError| SuperuserError::Field {
        field: error.field,
        message: error.message.en.unwrap_or_default(),
    };
    let username = account::username(&form.username).map_err(field)?;
    let email = account::email(&form.email).map_err(field)?;
    let password = new_password("password", form.password, &[&username.key, &email.key]).map_err(field)?;
    database.migrate::<Migrator>().await?;
    let secrets = Secrets::open(keys, entropy)?;
    let hashing = Hashing::start(1, 1, entropy).map_err(|_| HashingError::Ended)?;
    let password_hash = hashing.hash(hashing.place().await?, password).await?;

    let id = UserId::generate(clock, entropy);
    let new = NewUser {
        id,
        username,
        email,
        email_verified: false,
        password_hash: Some(password_hash),
        first_name: None,
        last_name: None,
        gender: None,
        timezone: None,
        language: None,
    };
    let now = clock.now();
    let tx = database.begin().await?;
    let user = users::insert(&tx, new, now).await.map_err(|error| match error {
        users::InsertError::Taken(Clash::Username) => SuperuserError::UsernameTaken,
        users::InsertError::Taken(Clash::Email) => SuperuserError::EmailTaken,
        users::InsertError::Database(error) => error.into(),
    })?;
    for code in [NEWCOMER, ADMIN] {
        roles::give(&tx, id, code, None, None, now).await?;
    }
    let registered = AuthEvent::UserRegistered { user_id: id, username: user.username, email: user.email };
    Outbox::new(clock.clone(), entropy.clone()).put(&tx, &[registered]).await?;
    audit::note(&tx, (&secrets, clock), None, Action::SuperuserMade, id, &json!({})).await?;
    tx.commit().await?;
    Ok(id)
}
