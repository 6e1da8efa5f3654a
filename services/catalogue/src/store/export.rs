//! What only an export asks for.

use std::collections::HashMap;

use kino_domain::PersonId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use super::{IDS_AT_ONCE, entity::person};

/// The ids that persons have where they were imported from; not everyone has one.
pub(crate) async fn source_ids(
    connection: &impl ConnectionTrait,
    persons: &[PersonId],
) -> Result<HashMap<PersonId, String>, DbErr> {
    let mut source_ids = HashMap::new();
    for persons in persons.chunks(IDS_AT_ONCE) {
        let of_these = person::Entity::find()
            .select_only()
            .column(person::Column::Id)
            .column(person::Column::SourceId)
            .filter(person::Column::Id.is_in(persons.iter().map(|person| person.0)))
            .filter(person::Column::SourceId.is_not_null());
        let rows: Vec<(Uuid, String)> = of_these.into_tuple().all(connection).await?;
        source_ids.extend(rows.into_iter().map(|(id, source)| (PersonId(id), source)));
    }
    Ok(source_ids)
}
