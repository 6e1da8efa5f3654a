//! Accounts.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use kino_domain::{Language, UserId};
use sea_orm::{
    ActiveValue::{NotSet, Set, Unchanged},
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, SqlErr,
    sea_query::{Expr, LockType},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::user;
use crate::account::Named;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) password_hash: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) gender: Option<Gender>,
    pub(crate) timezone: Option<String>,
    /// The language of letters to them; none where they never told.
    pub(crate) language: Option<Language>,
    /// Since when they are kept out.
    pub(crate) blocked_at: Option<DateTime<Utc>>,
    /// Why, as whoever blocked them put it.
    pub(crate) block_reason: Option<String>,
    /// The newest stamp of a token or of an invalidation of tokens: the account's own logical clock.
    pub(crate) tokens_stamp: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
}

/// A viewer's gender, where they told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Gender {
    Male,
    Female,
}

/// An account to be.
#[derive(Clone, Debug)]
pub(crate) struct NewUser {
    pub(crate) id: UserId,
    pub(crate) username: Named,
    pub(crate) email: Named,
    /// Whether someone who is trusted says that the address is theirs.
    pub(crate) email_verified: bool,
    /// None for an account that signs in elsewhere.
    pub(crate) password_hash: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) gender: Option<Gender>,
    pub(crate) timezone: Option<String>,
    pub(crate) language: Option<Language>,
}

/// What a new account shares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    Username,
    Email,
}

/// Why an account was not made, or not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InsertError {
    #[error("{0:?} is taken")]
    Taken(Clash),
    #[error(transparent)]
    Database(DbErr),
}

impl From<DbErr> for InsertError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            // The engines name the constraint or the column.
            Some(SqlErr::UniqueConstraintViolation(what)) if what.contains("email_key") => {
                Self::Taken(Clash::Email)
            }
            Some(SqlErr::UniqueConstraintViolation(what)) if what.contains("username_key") => {
                Self::Taken(Clash::Username)
            }
            _ => Self::Database(error),
        }
    }
}

pub(crate) async fn insert(
    tx: &impl ConnectionTrait,
    new: NewUser,
    now: DateTime<Utc>,
) -> Result<User, InsertError> {
    let row = user::ActiveModel {
        id: Set(new.id.0),
        username: Set(new.username.text),
        username_key: Set(new.username.key),
        email: Set(new.email.text),
        email_key: Set(new.email.key),
        email_verified: Set(new.email_verified),
        password_hash: Set(new.password_hash),
        first_name: Set(new.first_name),
        last_name: Set(new.last_name),
        gender: Set(new.gender.map(|gender| gender.code().to_owned())),
        timezone: Set(new.timezone),
        language: Set(new.language.map(|language| language.tag().to_owned())),
        blocked_at: Set(None),
        block_reason: Set(None),
        tokens_stamp: Set(now),
        created_at: Set(now),
    };
    Ok(user::Entity::insert(row).exec_with_returning(tx).await?.into())
}

/// What becomes of a field that may be empty: none where it stays as it is, `Some(None)` where it is cleared.
pub(crate) type Change<T> = Option<Option<T>>;

/// What changes of an account. Fields that are none stay as they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProfileChange {
    pub(crate) username: Option<Named>,
    /// Another address is one that nobody has proven yet.
    pub(crate) email: Option<Named>,
    pub(crate) first_name: Change<String>,
    pub(crate) last_name: Change<String>,
    pub(crate) gender: Change<Gender>,
    pub(crate) timezone: Change<String>,
    pub(crate) language: Change<Language>,
}

impl ProfileChange {
    /// The names of the fields that change.
    pub(crate) fn fields(&self) -> Vec<&'static str> {
        let fields = [
            (self.username.is_some(), "username"),
            (self.email.is_some(), "email"),
            (self.first_name.is_some(), "first_name"),
            (self.last_name.is_some(), "last_name"),
            (self.gender.is_some(), "gender"),
            (self.timezone.is_some(), "timezone"),
            (self.language.is_some(), "language"),
        ];
        fields.into_iter().filter_map(|(changes, name)| changes.then_some(name)).collect()
    }
}

/// Changes an account, which must exist.
pub(crate) async fn change(
    tx: &impl ConnectionTrait,
    id: UserId,
    change: ProfileChange,
) -> Result<User, InsertError> {
    let set = |text: Change<String>| text.map_or(NotSet, Set);
    let (username, username_key) =
        change.username.map_or((NotSet, NotSet), |new| (Set(new.text), Set(new.key)));
    let (email, email_key, email_verified) =
        change.email.map_or((NotSet, NotSet, NotSet), |new| (Set(new.text), Set(new.key), Set(false)));
    let row = user::ActiveModel {
        id: Unchanged(id.0),
        username,
        username_key,
        email,
        email_key,
        email_verified,
        first_name: set(change.first_name),
        last_name: set(change.last_name),
        gender: set(change.gender.map(|gender| gender.map(|gender| gender.code().to_owned()))),
        timezone: set(change.timezone),
        language: set(change.language.map(|language| language.map(|language| language.tag().to_owned()))),
        ..user::ActiveModel::default()
    };
    Ok(user::Entity::update(row).exec(tx).await?.into())
}

/// Whether an account has this name or address already.
pub(crate) async fn clash(
    connection: &impl ConnectionTrait,
    username: &Named,
    email: &Named,
) -> Result<Option<Clash>, DbErr> {
    let taken = Condition::any()
        .add(user::Column::UsernameKey.eq(&username.key))
        .add(user::Column::EmailKey.eq(&email.key));
    let found = user::Entity::find().filter(taken).one(connection).await?;
    Ok(found.map(|row| if row.email_key == email.key { Clash::Email } else { Clash::Username }))
}

/// Which of these user names (folded) are taken.
pub(crate) async fn taken_usernames(
    connection: &impl ConnectionTrait,
    keys: &[&str],
) -> Result<Vec<String>, DbErr> {
    let taken = user::Entity::find().filter(user::Column::UsernameKey.is_in(keys.iter().copied()));
    Ok(taken.all(connection).await?.into_iter().map(|row| row.username_key).collect())
}

/// By user name or e-mail address, folded.
pub(crate) async fn find_by_login(
    connection: &impl ConnectionTrait,
    login_key: &str,
) -> Result<Option<User>, DbErr> {
    let named = if login_key.contains('@') {
        user::Column::EmailKey.eq(login_key)
    } else {
        user::Column::UsernameKey.eq(login_key)
    };
    Ok(user::Entity::find().filter(named).one(connection).await?.map(User::from))
}

pub(crate) async fn find(connection: &impl ConnectionTrait, id: UserId) -> Result<Option<User>, DbErr> {
    Ok(user::Entity::find_by_id(id.0).one(connection).await?.map(User::from))
}

/// Locks an account until the transaction ends, moves its logical clock to `now`, and reads it. Whatever issues or
/// invalidates tokens does this first, so that the two take turns.
pub(crate) async fn lock(
    tx: &impl ConnectionTrait,
    id: UserId,
    now: DateTime<Utc>,
) -> Result<Option<User>, DbErr> {
    // Never back: clocks of two servers differ. The update takes the row's lock on either engine.
    let stamp =
        Expr::case(user::Column::TokensStamp.lt(now), now).finally(Expr::col(user::Column::TokensStamp));
    let locked = user::Entity::update_many()
        .col_expr(user::Column::TokensStamp, stamp.into())
        .filter(user::Column::Id.eq(id.0))
        .exec_with_returning(tx)
        .await?;
    Ok(locked.into_iter().next().map(User::from))
}

/// Moves the account's logical clock to `stamp`.
pub(crate) async fn stamp(tx: &impl ConnectionTrait, id: UserId, stamp: DateTime<Utc>) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::TokensStamp, Expr::value(stamp))
        .filter(user::Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

pub(crate) async fn set_password_hash(
    tx: &impl ConnectionTrait,
    id: UserId,
    hash: String,
) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash))
        .filter(user::Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Records that the account's address was proven.
pub(crate) async fn set_email_verified(tx: &impl ConnectionTrait, id: UserId) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::EmailVerified, Expr::value(true))
        .filter(user::Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Deletes an account, and with it all that hangs on it.
pub(crate) async fn delete(tx: &impl ConnectionTrait, id: UserId) -> Result<(), DbErr> {
    user::Entity::delete_by_id(id.0).exec(tx).await?;
    Ok(())
}

/// Which of these accounts there are. They cannot be deleted until the transaction ends.
pub(crate) async fn hold(
    tx: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<HashSet<UserId>, DbErr> {
    // In one order, so that two who hold the same accounts do not wait for each other. (SQLite has one writer.)
    let held: Vec<Uuid> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Id.is_in(ids.into_iter().map(|id| id.0)))
        .order_by_asc(user::Column::Id)
        .lock(LockType::KeyShare)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(held.into_iter().map(UserId).collect())
}

/// The language of a tag.
pub(super) fn language(tag: &str) -> Option<Language> {
    [Language::Ru, Language::En].into_iter().find(|language| language.tag() == tag)
}

impl Gender {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Male => "MALE",
            Self::Female => "FEMALE",
        }
    }
}

impl From<user::Model> for User {
    fn from(row: user::Model) -> Self {
        Self {
            id: UserId(row.id),
            username: row.username,
            email: row.email,
            email_verified: row.email_verified,
            password_hash: row.password_hash,
            first_name: row.first_name,
            last_name: row.last_name,
            gender: match row.gender.as_deref() {
                Some("MALE") => Some(Gender::Male),
                Some("FEMALE") => Some(Gender::Female),
                _ => None,
            },
            timezone: row.timezone,
            language: row.language.as_deref().and_then(language),
            blocked_at: row.blocked_at,
            block_reason: row.block_reason,
            tokens_stamp: row.tokens_stamp,
            created_at: row.created_at,
        }
    }
}
