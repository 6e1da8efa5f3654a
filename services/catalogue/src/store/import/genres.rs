//! The genres of imported films.

use std::collections::{HashMap, HashSet};

use kino_domain::{Clock, Entropy, GenreId, Localized};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait as _};
use uuid::Uuid;

use crate::{
    genre_names,
    import::{ImportedFilm, ImportedGenre},
    store::{ROWS_AT_ONCE, entity::genre},
};

/// Genres that earlier batches found or made.
#[derive(Debug, Default)]
pub(super) struct KnownGenres {
    by_key: HashMap<String, Uuid>,
    ids: HashSet<Uuid>,
}

impl KnownGenres {
    /// Which genre is meant, once they were learnt: by its id, where there is such a one, else by its name.
    pub(super) fn id_of(&self, genre: &ImportedGenre) -> Option<GenreId> {
        let by_id = genre.id.filter(|id| self.ids.contains(id));
        by_id.or_else(|| self.by_key.get(&recognize(genre).0).copied()).map(GenreId)
    }

    fn insert(&mut self, key: String, id: Uuid) {
        self.by_key.insert(key, id);
        self.ids.insert(id);
    }
}

/// Finds or makes the genres of these films.
pub(super) async fn learn(
    tx: &impl ConnectionTrait,
    films: &[ImportedFilm],
    known: &mut KnownGenres,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<(), DbErr> {
    let mut wanted: Vec<&ImportedGenre> = films.iter().flat_map(|film| &film.genres).collect();
    wanted.retain(|genre| known.id_of(genre).is_none());
    if wanted.is_empty() {
        return Ok(());
    }
    // Genres are few: all that are there cost one query.
    for row in genre::Entity::find().all(tx).await? {
        let name = Localized { ru: row.name_ru, en: row.name_en };
        // An administrator's genre is meant by either of its names, if by no genre's key.
        for key in genre_names::keys(&name) {
            known.by_key.entry(key).or_insert(row.id);
        }
        known.insert(row.key, row.id);
    }
    let mut rows = Vec::new();
    for genre in wanted {
        if known.id_of(genre).is_some() {
            continue;
        }
        let (key, name) = recognize(genre);
        let id = genre.id.unwrap_or_else(|| GenreId::generate(clock, entropy).0);
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

/// The key by which a genre is one and the same, and its names: those that are given, then those that are known.
fn recognize(genre: &ImportedGenre) -> (String, Localized) {
    let Localized { ru, en } = genre.name.clone();
    let (key, known) = genre_names::recognize(en.as_deref().or(ru.as_deref()).unwrap_or_default());
    (key, Localized { ru: ru.or(known.ru), en: en.or(known.en) })
}
