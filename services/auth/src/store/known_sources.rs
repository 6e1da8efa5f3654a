//! Where accounts signed in from before: digests of networks and of devices.

use chrono::{DateTime, TimeDelta, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, sea_query::OnConflict,
};

use super::entity::known_source;

/// A digest that says nothing to who reads it.
pub(crate) type SourceDigest = [u8; 16];

/// A source seen within this time is not written again: most sign-ins come from where the last one came from.
const FRESH: TimeDelta = TimeDelta::days(1);

/// Which of these the account signed in from before.
pub(crate) async fn known(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    digests: &[SourceDigest],
) -> Result<Vec<(SourceDigest, DateTime<Utc>)>, DbErr> {
    let rows = known_source::Entity::find()
        .filter(known_source::Column::UserId.eq(user_id.0))
        .filter(known_source::Column::Digest.is_in(digests.iter().map(|digest| digest.to_vec())))
        .all(connection)
        .await?;
    let known = |row: known_source::Model| Some((row.digest.try_into().ok()?, row.last_seen_at));
    Ok(rows.into_iter().filter_map(known).collect())
}

/// Whether a source that was seen last at `seen` need not be written again.
pub(crate) fn is_fresh(seen: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - seen < FRESH
}

/// Notes where an account signs in from.
pub(crate) async fn note(
    tx: &impl ConnectionTrait,
    user_id: UserId,
    digests: &[SourceDigest],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if digests.is_empty() {
        return Ok(());
    }
    let rows = digests.iter().map(|digest| known_source::ActiveModel {
        user_id: Set(user_id.0),
        digest: Set(digest.to_vec()),
        first_seen_at: Set(now),
        last_seen_at: Set(now),
    });
    let again = OnConflict::columns([known_source::Column::UserId, known_source::Column::Digest])
        .update_column(known_source::Column::LastSeenAt)
        .to_owned();
    known_source::Entity::insert_many(rows).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// Whether the account signed in before at all.
pub(crate) async fn any(connection: &impl ConnectionTrait, user_id: UserId) -> Result<bool, DbErr> {
    let one = known_source::Entity::find().filter(known_source::Column::UserId.eq(user_id.0)).one(connection);
    Ok(one.await?.is_some())
}

/// When each source that the account signed in from was seen first and last.
pub(crate) async fn seen(
    connection: &impl ConnectionTrait,
    user_id: UserId,
) -> Result<Vec<(DateTime<Utc>, DateTime<Utc>)>, DbErr> {
    let rows = known_source::Entity::find()
        .filter(known_source::Column::UserId.eq(user_id.0))
        .order_by_asc(known_source::Column::FirstSeenAt)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.first_seen_at, row.last_seen_at)).collect())
}

/// Forgets sources that were not seen since a moment.
pub(crate) async fn forget_before(tx: &impl ConnectionTrait, moment: DateTime<Utc>) -> Result<u64, DbErr> {
    let forgotten = known_source::Entity::delete_many()
        .filter(known_source::Column::LastSeenAt.lt(moment))
        .exec(tx)
        .await?;
    Ok(forgotten.rows_affected)
}
