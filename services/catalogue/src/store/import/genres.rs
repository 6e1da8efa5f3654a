//! The genres of imported films.

use std::collections::HashMap;

use kino_domain::{Clock, Entropy, GenreId, Localized};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait as _};
use uuid::Uuid;

use super::ROWS_AT_ONCE;
use crate::{genre_names, import::ImportedFilm, store::entity::genre};

/// Genres that earlier batches found or made, by key.
pub(super) type KnownGenres = HashMap<String, Uuid>;

/// Finds or makes the genres of these films.
pub(super) async fn learn(
    tx: &impl ConnectionTrait,
    films: &[ImportedFilm],
    known: &mut KnownGenres,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<(), DbErr> {
    let mut wanted: HashMap<String, Localized> = films
        .iter()
        .flat_map(|film| &film.genres)
        .map(|name| genre_names::recognize(name))
        .filter(|(key, _)| !known.contains_key(key))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    // Genres are few: all that are there cost one query.
    let rows = genre::Entity::find().all(tx).await?;
    // An administrator's genre is meant by either of its names.
    for row in &rows {
        let name = Localized { ru: row.name_ru.clone(), en: row.name_en.clone() };
        known.extend(genre_names::keys(&name).into_iter().map(|key| (key, row.id)));
    }
    known.extend(rows.into_iter().map(|row| (row.key, row.id)));
    wanted.retain(|key, _| !known.contains_key(key));
    let mut rows = Vec::new();
    for (key, name) in wanted {
        let id = GenreId::generate(clock, entropy).0;
        known.insert(key.clone(), id);
        rows.push(genre::ActiveModel {
            id: Set(id),
            key: Set(key),
            name_ru: Set(name.ru),
            name_en: Set(name.en),
        });
    }
    for rows in rows.chunks(ROWS_AT_ONCE) {
        genre::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}
