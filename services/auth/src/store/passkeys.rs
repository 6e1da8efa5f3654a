//! Passkeys: an account may have several.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, SqlErr, sea_query::Expr,
};
use uuid::Uuid;

use super::entity::passkey;
use crate::passkey::Credential;

/// A passkey of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passkey {
    pub(crate) id: Uuid,
    pub(crate) user_id: UserId,
    /// What its owner calls it.
    pub(crate) name: String,
    pub(crate) credential: Credential,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

/// Why a passkey was not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InsertError {
    #[error("this passkey is there already")]
    Exists,
    #[error(transparent)]
    Database(#[from] DbErr),
}

pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &Passkey) -> Result<(), InsertError> {
    let row = passkey::ActiveModel {
        id: Set(new.id),
        user_id: Set(new.user_id.0),
        credential_id: Set(new.credential.id.clone()),
        transports: Set(new.credential.transports.into()),
        key: Set(new.credential.key.clone()),
        state: Set(new.credential.state.clone()),
        name: Set(new.name.clone()),
        created_at: Set(new.created_at),
        last_used_at: Set(new.last_used_at),
    };
    match passkey::Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(()),
        Err(error) => match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Err(InsertError::Exists),
            _ => Err(error.into()),
        },
    }
}

/// The passkeys of an account, the oldest first.
pub(crate) async fn of_user(
    connection: &impl ConnectionTrait,
    user_id: UserId,
) -> Result<Vec<Passkey>, DbErr> {
    let rows = passkey::Entity::find()
        .filter(passkey::Column::UserId.eq(user_id.0))
        .order_by_asc(passkey::Column::Id)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(Passkey::from).collect())
}

pub(crate) async fn count(connection: &impl ConnectionTrait, user_id: UserId) -> Result<u64, DbErr> {
    passkey::Entity::find().filter(passkey::Column::UserId.eq(user_id.0)).count(connection).await
}

/// A passkey of this account.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    id: Uuid,
) -> Result<Option<Passkey>, DbErr> {
    let row = passkey::Entity::find_by_id(id).filter(passkey::Column::UserId.eq(user_id.0));
    Ok(row.one(connection).await?.map(Passkey::from))
}

/// The passkey that an authenticator says it signed with, whoever's it is.
pub(crate) async fn find_by_credential_unscoped(
    connection: &impl ConnectionTrait,
    credential_id: &[u8],
) -> Result<Option<Passkey>, DbErr> {
    let row = passkey::Entity::find().filter(passkey::Column::CredentialId.eq(credential_id));
    Ok(row.one(connection).await?.map(Passkey::from))
}

pub(crate) async fn rename(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    id: Uuid,
    name: &str,
) -> Result<(), DbErr> {
    passkey::Entity::update_many()
        .col_expr(passkey::Column::Name, Expr::value(name))
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::UserId.eq(user_id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Keeps what a use changed.
pub(crate) async fn note_use(
    tx: &impl ConnectionTrait,
    id: Uuid,
    credential: &Credential,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    passkey::Entity::update_many()
        .col_expr(passkey::Column::State, Expr::value(credential.state.clone()))
        .col_expr(passkey::Column::LastUsedAt, Expr::value(now))
        .filter(passkey::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether there was one to remove.
pub(crate) async fn remove(tx: &impl ConnectionTrait, user_id: UserId, id: Uuid) -> Result<bool, DbErr> {
    let removed = passkey::Entity::delete_many()
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::UserId.eq(user_id.0))
        .exec(tx)
        .await?;
    Ok(removed.rows_affected > 0)
}

/// Removes all that an account has.
pub(crate) async fn remove_all(tx: &impl ConnectionTrait, user_id: UserId) -> Result<(), DbErr> {
    passkey::Entity::delete_many().filter(passkey::Column::UserId.eq(user_id.0)).exec(tx).await?;
    Ok(())
}

impl From<passkey::Model> for Passkey {
    fn from(row: passkey::Model) -> Self {
        Self {
            id: row.id,
            user_id: UserId(row.user_id),
            name: row.name,
            credential: Credential {
                id: row.credential_id,
                // The library knows one byte of them; what it does not know it passes over.
                transports: u8::try_from(row.transports).unwrap_or_default(),
                key: row.key,
                state: row.state,
            },
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}
