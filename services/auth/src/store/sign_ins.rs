//! The history of sign-ins.

use chrono::{DateTime, Utc};
use kino_domain::{SessionId, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::{Device, entity::sign_in};
use crate::user_agent::DeviceType;

/// A sign-in, or an attempt at one.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    pub(crate) id: Uuid,
    pub(crate) user_id: UserId,
    pub(crate) login_at: DateTime<Utc>,
    /// The session that it began.
    pub(crate) session_id: Option<SessionId>,
    pub(crate) device: Device,
    pub(crate) device_type: DeviceType,
    /// How: `password`, `password+totp`, `passkey`, `social:yandex`, ...
    pub(crate) method: String,
    pub(crate) success: bool,
}

pub(crate) async fn insert(
    tx: &impl ConnectionTrait,
    sign_ins: impl IntoIterator<Item = SignIn>,
) -> Result<(), DbErr> {
    let rows = sign_ins.into_iter().map(|sign_in| sign_in::ActiveModel {
        user_id: Set(sign_in.user_id.0),
        login_at: Set(sign_in.login_at),
        id: Set(sign_in.id),
        session_id: Set(sign_in.session_id.map(|id| id.0)),
        user_agent: Set(sign_in.device.user_agent),
        device_type: Set(sign_in.device_type.code().to_owned()),
        ip: Set(sign_in.device.ip),
        method: Set(sign_in.method),
        success: Set(sign_in.success),
    });
    sign_in::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// A page of an account's history, newest first, and how long it is.
pub(crate) async fn page_of_user(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    offset: u64,
    limit: u64,
) -> Result<(Vec<SignIn>, u64), DbErr> {
    let own = sign_in::Entity::find().filter(sign_in::Column::UserId.eq(user_id.0));
    let total = own.clone().count(connection).await?;
    let rows = own
        .order_by_desc(sign_in::Column::LoginAt)
        .order_by_desc(sign_in::Column::Id)
        .offset(offset)
        .limit(limit)
        .all(connection)
        .await?;
    Ok((rows.into_iter().map(SignIn::from).collect(), total))
}

/// What comes in an account's history after one sign-in, or from the beginning; the oldest first.
pub(crate) async fn after(
    connection: &impl ConnectionTrait,
    user_id: UserId,
    last: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<SignIn>, DbErr> {
    let later = |(login_at, id): (DateTime<Utc>, Uuid)| {
        let same_moment =
            Condition::all().add(sign_in::Column::LoginAt.eq(login_at)).add(sign_in::Column::Id.gt(id));
        Condition::any().add(sign_in::Column::LoginAt.gt(login_at)).add(same_moment)
    };
    let rows = sign_in::Entity::find()
        .filter(sign_in::Column::UserId.eq(user_id.0))
        .apply_if(last, |found, last| found.filter(later(last)))
        .order_by_asc(sign_in::Column::LoginAt)
        .order_by_asc(sign_in::Column::Id)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(SignIn::from).collect())
}

/// Forgets an account's history.
pub(crate) async fn erase(tx: &impl ConnectionTrait, user_id: UserId) -> Result<(), DbErr> {
    sign_in::Entity::delete_many().filter(sign_in::Column::UserId.eq(user_id.0)).exec(tx).await?;
    Ok(())
}

impl From<sign_in::Model> for SignIn {
    fn from(row: sign_in::Model) -> Self {
        Self {
            id: row.id,
            user_id: UserId(row.user_id),
            login_at: row.login_at,
            session_id: row.session_id.map(SessionId),
            device: Device { user_agent: row.user_agent, ip: row.ip },
            device_type: DeviceType::of_code(&row.device_type),
            method: row.method,
            success: row.success,
        }
    }
}
