//! Keeping accounts out.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr,
};

use super::entity::user;

/// Keeps a locked account out.
pub(crate) async fn block(
    tx: &impl ConnectionTrait,
    id: UserId,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::BlockedAt, Expr::value(now))
        .col_expr(user::Column::BlockReason, Expr::value(reason))
        .filter(user::Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Lets a blocked account in again.
pub(crate) async fn unblock(tx: &impl ConnectionTrait, id: UserId) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::BlockedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(user::Column::BlockReason, Expr::value(None::<String>))
        .filter(user::Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}
