//! Recovery codes that were not used yet.

use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
};

use super::entity::recovery_code;
use crate::recovery::RecoveryDigest;

/// Puts new codes in the place of the old.
pub(crate) async fn replace(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    digests: impl IntoIterator<Item = RecoveryDigest>,
) -> Result<(), DbErr> {
    remove_all(tx, user_id).await?;
    let rows = digests
        .into_iter()
        .map(|digest| recovery_code::ActiveModel { user_id: Set(user_id.0), digest: Set(digest.to_vec()) });
    recovery_code::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Spends a code; false if there is none such (any more).
pub(crate) async fn spend(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    digest: RecoveryDigest,
) -> Result<bool, DbErr> {
    let spent = recovery_code::Entity::delete_by_id((user_id.0, digest.to_vec())).exec(tx).await?;
    Ok(spent.rows_affected == 1)
}

/// How many codes are left.
pub(crate) async fn count(connection: &impl ConnectionTrait, user_id: UserId) -> Result<u64, DbErr> {
    let own = recovery_code::Entity::find().filter(recovery_code::Column::UserId.eq(user_id.0));
    own.count(connection).await
}

pub(crate) async fn remove_all(tx: &impl ConnectionTrait, user_id: UserId) -> Result<(), DbErr> {
    recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(user_id.0)).exec(tx).await?;
    Ok(())
}
