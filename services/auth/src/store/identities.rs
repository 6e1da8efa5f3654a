//! Whom providers know accounts as.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, SqlErr, sea_query::Expr,
};

use super::entity::identity;

/// What tells an identity from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityKey {
    /// The provider's name here.
    pub(crate) provider: String,
    /// The provider itself.
    pub(crate) issuer: String,
    /// The provider's name for someone.
    pub(crate) subject: String,
}

/// An identity that is linked to an account.
#[derive(Clone, Debug)]
pub(crate) struct StoredIdentity {
    pub(crate) key: IdentityKey,
    pub(crate) user_id: UserId,
    /// The address that the provider told last.
    pub(crate) email: Option<String>,
    pub(crate) linked_at: DateTime<Utc>,
    pub(crate) last_used_at: DateTime<Utc>,
}

/// Why an identity was not linked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("the identity is linked already")]
    Taken,
    #[error(transparent)]
    Database(#[from] DbErr),
}

pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &StoredIdentity) -> Result<(), LinkError> {
    let row = identity::ActiveModel {
        provider: Set(new.key.provider.clone()),
        issuer: Set(new.key.issuer.clone()),
        subject: Set(new.key.subject.clone()),
        user_id: Set(new.user_id.0),
        email: Set(new.email.clone()),
        linked_at: Set(new.linked_at),
        last_used_at: Set(new.last_used_at),
    };
    match identity::Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(()),
        Err(error) => match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Err(LinkError::Taken),
            _ => Err(error.into()),
        },
    }
}

pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    key: &IdentityKey,
) -> Result<Option<StoredIdentity>, DbErr> {
    let row = identity::Entity::find_by_id(id(key)).one(connection).await?;
    Ok(row.map(StoredIdentity::from))
}

/// The identities of an account, the oldest first.
pub(crate) async fn of_user(
    connection: &impl ConnectionTrait,
    user_id: UserId,
) -> Result<Vec<StoredIdentity>, DbErr> {
    let rows = identity::Entity::find()
        .filter(identity::Column::UserId.eq(user_id.0))
        .order_by_asc(identity::Column::LinkedAt)
        .order_by_asc(identity::Column::Provider)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(StoredIdentity::from).collect())
}

/// Notes that someone signed in with an identity, and the address that the provider told.
pub(crate) async fn touch(
    tx: &impl ConnectionTrait,
    key: &IdentityKey,
    email: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (provider, issuer, subject) = id(key);
    identity::Entity::update_many()
        .col_expr(identity::Column::Email, Expr::value(email.map(str::to_owned)))
        .col_expr(identity::Column::LastUsedAt, Expr::value(now))
        .filter(identity::Column::Provider.eq(provider))
        .filter(identity::Column::Issuer.eq(issuer))
        .filter(identity::Column::Subject.eq(subject))
        .exec(tx)
        .await?;
    Ok(())
}

/// Unlinks the identity that an account has at a provider; whether it had one.
pub(crate) async fn remove(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    provider: &str,
) -> Result<bool, DbErr> {
    let removed = identity::Entity::delete_many()
        .filter(identity::Column::UserId.eq(user_id.0))
        .filter(identity::Column::Provider.eq(provider))
        .exec(tx)
        .await?;
    Ok(removed.rows_affected > 0)
}

/// Unlinks all that an account has.
pub(crate) async fn remove_all(tx: &impl ConnectionTrait, user_id: UserId) -> Result<(), DbErr> {
    identity::Entity::delete_many().filter(identity::Column::UserId.eq(user_id.0)).exec(tx).await?;
    Ok(())
}

fn id(key: &IdentityKey) -> (String, String, String) {
    (key.provider.clone(), key.issuer.clone(), key.subject.clone())
}

impl From<identity::Model> for StoredIdentity {
    fn from(row: identity::Model) -> Self {
        Self {
            key: IdentityKey { provider: row.provider, issuer: row.issuer, subject: row.subject },
            user_id: UserId(row.user_id),
            email: row.email,
            linked_at: row.linked_at,
            last_used_at: row.last_used_at,
        }
    }
}
