//! Authenticator apps.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, OnConflict},
};

use super::entity::totp;

/// An account's app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Totp {
    pub(crate) user_id: UserId,
    /// The secret, encrypted with the data key.
    pub(crate) sealed_secret: Vec<u8>,
    /// Since when it is asked for; none as long as no code has shown that the app has the secret.
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
}

/// An account's app, confirmed or not.
pub(crate) async fn find(connection: &impl ConnectionTrait, user_id: UserId) -> Result<Option<Totp>, DbErr> {
    Ok(totp::Entity::find_by_id(user_id.0).one(connection).await?.map(Totp::from))
}

/// An account's app, if it is confirmed.
pub(crate) async fn find_confirmed(
    connection: &impl ConnectionTrait,
    user_id: UserId,
) -> Result<Option<Totp>, DbErr> {
    Ok(find(connection, user_id).await?.filter(|totp| totp.confirmed_at.is_some()))
}

/// Begins to set up an app, in the place of one that is there. The caller's transaction holds the account's lock.
pub(crate) async fn put_pending(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    sealed_secret: Vec<u8>,
) -> Result<(), DbErr> {
    let row = totp::ActiveModel {
        user_id: Set(user_id.0),
        sealed_secret: Set(sealed_secret),
        confirmed_at: Set(None),
        last_step: Set(0),
    };
    let instead = OnConflict::column(totp::Column::UserId)
        .update_columns([totp::Column::SealedSecret, totp::Column::ConfirmedAt, totp::Column::LastStep])
        .to_owned();
    totp::Entity::insert(row).on_conflict(instead).exec_without_returning(tx).await?;
    Ok(())
}

/// Notes that the app has shown a code, which is spent with it.
pub(crate) async fn confirm(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    step: i64,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    totp::Entity::update_many()
        .col_expr(totp::Column::ConfirmedAt, Expr::value(now))
        .col_expr(totp::Column::LastStep, Expr::value(step))
        .filter(totp::Column::UserId.eq(user_id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Spends the code of a step; false if this one, or a later one, was spent before.
pub(crate) async fn spend_step(tx: &impl ConnectionTrait, user_id: UserId, step: i64) -> Result<bool, DbErr> {
    let spent = totp::Entity::update_many()
        .col_expr(totp::Column::LastStep, Expr::value(step))
        .filter(totp::Column::UserId.eq(user_id.0))
        .filter(totp::Column::LastStep.lt(step))
        .exec(tx)
        .await?;
    Ok(spent.rows_affected == 1)
}

pub(crate) async fn remove(tx: &impl ConnectionTrait, user_id: UserId) -> Result<(), DbErr> {
    totp::Entity::delete_by_id(user_id.0).exec(tx).await?;
    Ok(())
}

impl From<totp::Model> for Totp {
    fn from(row: totp::Model) -> Self {
        Self {
            user_id: UserId(row.user_id),
            sealed_secret: row.sealed_secret,
            confirmed_at: row.confirmed_at,
        }
    }
}
