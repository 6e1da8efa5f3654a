//! The tokens of links in letters: their digests, and what they open.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
};

use super::entity::one_time_token;
use crate::one_time::{Purpose, TokenDigest};

/// A token that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OneTimeToken {
    pub(crate) digest: TokenDigest,
    pub(crate) user_id: UserId,
    pub(crate) purpose: Purpose,
    /// The address that it was sent to.
    pub(crate) address: String,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Keeps a token; those issued before for the same purpose open nothing any more. The transaction holds the account's
/// lock.
pub(crate) async fn issue(tx: &impl ConnectionTrait, token: OneTimeToken) -> Result<(), DbErr> {
    void(tx, token.user_id, Some(token.purpose)).await?;
    let row = one_time_token::ActiveModel {
        digest: Set(token.digest.to_vec()),
        user_id: Set(token.user_id.0),
        purpose: Set(token.purpose.code().to_owned()),
        address: Set(token.address),
        expires_at: Set(token.expires_at),
    };
    one_time_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// A token that is still good for a purpose.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    digest: TokenDigest,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Option<OneTimeToken>, DbErr> {
    let row = one_time_token::Entity::find_by_id(digest.to_vec())
        .filter(one_time_token::Column::Purpose.eq(purpose.code()))
        .filter(one_time_token::Column::ExpiresAt.gt(now))
        .one(connection)
        .await?;
    Ok(row.map(|row| OneTimeToken {
        digest,
        user_id: UserId(row.user_id),
        purpose,
        address: row.address,
        expires_at: row.expires_at,
    }))
}

/// Takes a token; whether it was still there. Of many at once one takes it.
pub(crate) async fn take(tx: &impl ConnectionTrait, digest: TokenDigest) -> Result<bool, DbErr> {
    let taken = one_time_token::Entity::delete_by_id(digest.to_vec()).exec(tx).await?;
    Ok(taken.rows_affected > 0)
}

/// Forgets an account's tokens for a purpose, or all of them.
pub(crate) async fn void(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    purpose: Option<Purpose>,
) -> Result<(), DbErr> {
    let mut void = one_time_token::Entity::delete_many().filter(one_time_token::Column::UserId.eq(user_id.0));
    if let Some(purpose) = purpose {
        void = void.filter(one_time_token::Column::Purpose.eq(purpose.code()));
    }
    void.exec(tx).await?;
    Ok(())
}

/// Forgets tokens that are over; how many.
pub(crate) async fn forget_expired(tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let forgotten = one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::ExpiresAt.lte(now))
        .exec(tx)
        .await?;
    Ok(forgotten.rows_affected)
}
