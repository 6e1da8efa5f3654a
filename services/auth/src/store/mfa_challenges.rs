//! Sign-ins that wait for the second factor.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, ExprTrait as _},
};

use super::entity::mfa_challenge;

/// A sign-in that waits for the second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MfaChallenge {
    /// The SHA-256 of its token.
    pub(crate) token_digest: [u8; 32],
    pub(crate) user_id: UserId,
    /// The first factor, as the history calls it.
    pub(crate) method: String,
    /// What it rests on: with another password or another app it is void.
    pub(crate) basis: [u8; 32],
    /// How many wrong codes it takes yet.
    pub(crate) attempts_left: i32,
    pub(crate) expires_at: DateTime<Utc>,
}

pub(crate) async fn insert(tx: &impl ConnectionTrait, challenge: &MfaChallenge) -> Result<(), DbErr> {
    let row = mfa_challenge::ActiveModel {
        token_digest: Set(challenge.token_digest.to_vec()),
        user_id: Set(challenge.user_id.0),
        method: Set(challenge.method.clone()),
        basis: Set(challenge.basis.to_vec()),
        attempts_left: Set(challenge.attempts_left),
        expires_at: Set(challenge.expires_at),
    };
    mfa_challenge::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// A challenge that takes an answer yet. Within a transaction that holds the account's lock it cannot change.
pub(crate) async fn find_live(
    connection: &impl ConnectionTrait,
    token_digest: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<MfaChallenge>, DbErr> {
    let row = mfa_challenge::Entity::find_by_id(token_digest.to_vec())
        .filter(mfa_challenge::Column::ExpiresAt.gt(now))
        .filter(mfa_challenge::Column::AttemptsLeft.gt(0))
        .one(connection)
        .await?;
    Ok(row.map(|row| MfaChallenge {
        token_digest,
        user_id: UserId(row.user_id),
        method: row.method,
        // A damaged basis is that of no account.
        basis: row.basis.try_into().unwrap_or_default(),
        attempts_left: row.attempts_left,
        expires_at: row.expires_at,
    }))
}

/// Counts a wrong code.
pub(crate) async fn count_wrong(tx: &impl ConnectionTrait, token_digest: [u8; 32]) -> Result<(), DbErr> {
    mfa_challenge::Entity::update_many()
        .col_expr(mfa_challenge::Column::AttemptsLeft, Expr::col(mfa_challenge::Column::AttemptsLeft).sub(1))
        .filter(mfa_challenge::Column::TokenDigest.eq(token_digest.to_vec()))
        .exec(tx)
        .await?;
    Ok(())
}

pub(crate) async fn remove(tx: &impl ConnectionTrait, token_digest: [u8; 32]) -> Result<(), DbErr> {
    mfa_challenge::Entity::delete_by_id(token_digest.to_vec()).exec(tx).await?;
    Ok(())
}

/// Forgets challenges that expired before a moment.
pub(crate) async fn forget_expired(tx: &impl ConnectionTrait, moment: DateTime<Utc>) -> Result<u64, DbErr> {
    let forgotten = mfa_challenge::Entity::delete_many()
        .filter(mfa_challenge::Column::ExpiresAt.lt(moment))
        .exec(tx)
        .await?;
    Ok(forgotten.rows_affected)
}
