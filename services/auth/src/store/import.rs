//! Writing imported accounts: a batch at a time, everything in few statements.

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::{
    entity::{user, user_role},
    users::InsertError,
};
use crate::import::{Accounts, ImportedUser, Row};

/// Rows in one statement: SQLite takes 32,766 parameters, the widest row has seventeen.
const ROWS_AT_ONCE: usize = 1000;

/// The accounts that rows may meet: of their ids, their names or their addresses.
pub(crate) async fn accounts(tx: &impl ConnectionTrait, rows: &[Row]) -> Result<Accounts, DbErr> {
    let mut accounts = Accounts::default();
    let users = || rows.iter().map(|row| &row.user);
    let meant = Condition::any()
        .add(user::Column::Id.is_in(users().filter_map(|user| user.id).map(|id| id.0)))
        .add(user::Column::UsernameKey.is_in(users().map(|user| user.username.key.as_str())))
        .add(user::Column::EmailKey.is_in(users().map(|user| user.email.key.as_str())));
    let there: Vec<(Uuid, String, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::UsernameKey, user::Column::EmailKey])
        .filter(meant)
        .into_tuple()
        .all(tx)
        .await?;
    for (id, username_key, email_key) in there {
        accounts.add(UserId(id), username_key, email_key);
    }
    Ok(accounts)
}

/// Adds accounts with their roles.
pub(crate) async fn insert(
    tx: &impl ConnectionTrait,
    new: &[(UserId, ImportedUser)],
    now: DateTime<Utc>,
) -> Result<(), InsertError> {
    for some in new.chunks(ROWS_AT_ONCE) {
        let rows = some.iter().map(|(id, imported)| row(*id, imported, now));
        user::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    let given = new.iter().flat_map(|(id, imported)| imported.roles.iter().map(move |code| (*id, code)));
    let given: Vec<_> = given
        .map(|(id, code)| user_role::ActiveModel {
            user_id: Set(id.0),
            role_code: Set(code.clone()),
            given_at: Set(now),
            given_by: Set(None),
            expires_at: Set(None),
        })
        .collect();
    for some in given.chunks(ROWS_AT_ONCE) {
        user_role::Entity::insert_many(some.iter().cloned()).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn row(id: UserId, imported: &ImportedUser, now: DateTime<Utc>) -> user::ActiveModel {
    user::ActiveModel {
        id: Set(id.0),
        username: Set(imported.username.text.clone()),
        username_key: Set(imported.username.key.clone()),
        email: Set(imported.email.text.clone()),
        email_key: Set(imported.email.key.clone()),
        email_verified: Set(imported.email_verified),
        password_hash: Set(Some(imported.password_hash.clone())),
        first_name: Set(imported.first_name.clone()),
        last_name: Set(imported.last_name.clone()),
        gender: Set(imported.gender.map(|gender| gender.code().to_owned())),
        timezone: Set(imported.timezone.clone()),
        language: Set(imported.language.map(|language| language.tag().to_owned())),
        blocked_at: Set(imported.blocked.then_some(now)),
        block_reason: Set(None),
        tokens_stamp: Set(now),
        created_at: Set(imported.created_at.unwrap_or(now)),
    }
}
