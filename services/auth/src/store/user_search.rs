//! Finding accounts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kino_domain::UserId;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
};

use super::{
    User,
    entity::{user, user_role},
    roles::in_force,
};

/// Nothing that begins with a text sorts behind the text and this.
const LAST: char = char::MAX;

/// Which accounts are looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserFilter {
    /// What the user name or the address begins with, folded; or a whole id.
    pub(crate) query: Option<String>,
    /// The code of a role that they have now.
    pub(crate) role: Option<String>,
}

/// A page of the accounts, and how many there are: by user name where a text is looked for, else the newest first.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    filter: &UserFilter,
    now: DateTime<Utc>,
    offset: u64,
    limit: u64,
) -> Result<(Vec<User>, u64), DbErr> {
    let found = found(filter, now);
    let total = found.clone().count(connection).await?;
    let ordered = if filter.query.is_some() {
        found.order_by_asc(user::Column::UsernameKey)
    } else {
        found.order_by_desc(user::Column::CreatedAt).order_by_desc(user::Column::Id)
    };
    let rows = ordered.offset(offset).limit(limit).all(connection).await?;
    Ok((rows.into_iter().map(User::from).collect(), total))
}

fn found(filter: &UserFilter, now: DateTime<Utc>) -> Select<user::Entity> {
    let mut found = user::Entity::find();
    if let Some(query) = &filter.query {
        // A range, not a pattern: keys are compared by their bytes, so an index serves it, and `%` is a sign like others.
        let end = format!("{query}{LAST}");
        let mut matches = Condition::any()
            .add(user::Column::UsernameKey.between(query, &end))
            .add(user::Column::EmailKey.between(query, &end));
        if let Ok(id) = query.parse::<UserId>() {
            matches = matches.add(user::Column::Id.eq(id.0));
        }
        found = found.filter(matches);
    }
    if let Some(role) = &filter.role {
        let holders = user_role::Entity::find()
            .select_only()
            .column(user_role::Column::UserId)
            .filter(user_role::Column::RoleCode.eq(role))
            .filter(in_force(now))
            .into_query();
        found = found.filter(user::Column::Id.in_subquery(holders));
    }
    found
}

/// The codes of the roles that each of some accounts has now.
pub(crate) async fn role_codes(
    connection: &impl ConnectionTrait,
    users: &[User],
    now: DateTime<Utc>,
) -> Result<HashMap<UserId, Vec<String>>, DbErr> {
    let held = user_role::Entity::find()
        .filter(user_role::Column::UserId.is_in(users.iter().map(|user| user.id.0)))
        .filter(in_force(now))
        .order_by_asc(user_role::Column::RoleCode)
        .all(connection)
        .await?;
    let mut codes: HashMap<UserId, Vec<String>> = HashMap::new();
    for row in held {
        codes.entry(UserId(row.user_id)).or_default().push(row.role_code);
    }
    Ok(codes)
}
