//! The people of imported films.
//!
//! A bare name means the first person who came with it. A person with an id at the source is that id's; one who comes
//! with an id for the first time takes over a person of the same name who has none yet. So two people can share a
//! name, and importing twice finds the same people. One with an id of our own kind has that id, and the name that comes
//! with it.

use std::collections::HashMap;

use kino_domain::{Clock, Entropy, Localized, PersonId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
};
use uuid::Uuid;

use crate::{
    import::ImportedPerson,
    store::{
        IDS_AT_ONCE, ROWS_AT_ONCE,
        entity::person,
        persons::{name_key, names_key},
    },
};

/// People that are kept in mind; more are looked for anew.
const KEPT: usize = 500_000;

/// People whom earlier batches found or made.
#[derive(Debug, Default)]
pub(super) struct KnownPersons {
    /// Whom a bare name means.
    names: HashMap<String, Known>,
    sources: HashMap<String, Uuid>,
    /// Those who came with an id, and what they are called.
    ids: HashMap<Uuid, Localized>,
}

#[derive(Clone, Debug)]
struct Known {
    id: Uuid,
    source_id: Option<String>,
    name: Localized,
}

/// What a batch has to write, gathered first: a person can be made, claimed and given a second name in one batch.
#[derive(Default)]
struct Writes {
    made: HashMap<Uuid, person::ActiveModel>,
    changed: HashMap<Uuid, person::ActiveModel>,
}

impl KnownPersons {
    /// Whom an import means, once they were learnt.
    pub(super) fn id_of(&self, person: &ImportedPerson) -> Option<PersonId> {
        let by_id = person.id.filter(|id| self.ids.contains_key(id));
        let known = by_id.or_else(|| match &person.source_id {
            Some(source) => self.sources.get(source).copied(),
            None => self.names.get(&name_key(&person.name)).map(|known| known.id),
        });
        known.map(PersonId)
    }

    /// Keeps memory in bounds, between two batches.
    pub(super) fn forget_some(&mut self) {
        if self.names.len() + self.sources.len() + self.ids.len() > KEPT {
            *self = Self::default();
        }
    }
}

/// Finds or makes these people; whose name is another now.
pub(super) async fn learn(
    tx: &impl ConnectionTrait,
    wanted: &[&ImportedPerson],
    known: &mut KnownPersons,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<Vec<PersonId>, DbErr> {
    look_up(tx, wanted, known).await?;
    let mut writes = Writes::default();
    for person in wanted {
        if let Some(id) = person.id {
            learn_by_id(id, person, known, &mut writes);
            continue;
        }
        if person.source_id.as_ref().is_some_and(|source| known.sources.contains_key(source)) {
            continue;
        }
        let key = name_key(&person.name);
        match known.names.get_mut(&key) {
            Some(namesake) if person.source_id.is_none() || namesake.source_id.is_none() => {
                if let Some(source) = &person.source_id {
                    namesake.source_id = Some(source.clone());
                    known.sources.insert(source.clone(), namesake.id);
                    writes.of(namesake.id).source_id = Set(Some(source.clone()));
                }
                if namesake.name.ru.is_none() && person.name.ru.is_some() {
                    namesake.name.ru.clone_from(&person.name.ru);
                    let row = writes.of(namesake.id);
                    row.name_ru = Set(namesake.name.ru.clone());
                    row.search_key = Set(names_key(&namesake.name));
                }
            }
            namesake => {
                let id = PersonId::generate(clock, entropy).0;
                let is_first = namesake.is_none();
                let row = person::ActiveModel {
                    id: Set(id),
                    name_ru: Set(person.name.ru.clone()),
                    name_en: Set(person.name.en.clone()),
                    search_key: Set(names_key(&person.name)),
                    name_key: Set(is_first.then(|| key.clone())),
                    source_id: Set(person.source_id.clone()),
                };
                writes.made.insert(id, row);
                if let Some(source) = &person.source_id {
                    known.sources.insert(source.clone(), id);
                }
                if is_first {
                    let name = person.name.clone();
                    known.names.insert(key, Known { id, source_id: person.source_id.clone(), name });
                }
            }
        }
    }
    let renamed = writes.renamed();
    writes.write(tx).await?;
    Ok(renamed)
}

/// Learns of someone who comes with an id of our own kind. Who is known at the source already keeps the id that they
/// have; a name that changed is changed.
fn learn_by_id(id: Uuid, person: &ImportedPerson, known: &mut KnownPersons, writes: &mut Writes) {
    if let Some(name) = known.ids.get_mut(&id) {
        if *name != person.name {
            name.clone_from(&person.name);
            let row = writes.of(id);
            row.name_ru = Set(name.ru.clone());
            row.name_en = Set(name.en.clone());
            row.search_key = Set(names_key(name));
        }
        return;
    }
    if person.source_id.as_ref().is_some_and(|source| known.sources.contains_key(source)) {
        return;
    }
    let key = name_key(&person.name);
    let is_first = !known.names.contains_key(&key);
    let row = person::ActiveModel {
        id: Set(id),
        name_ru: Set(person.name.ru.clone()),
        name_en: Set(person.name.en.clone()),
        search_key: Set(names_key(&person.name)),
        name_key: Set(is_first.then(|| key.clone())),
        source_id: Set(person.source_id.clone()),
    };
    writes.made.insert(id, row);
    known.ids.insert(id, person.name.clone());
    known.sources.extend(person.source_id.clone().map(|source| (source, id)));
    if is_first {
        let (source_id, name) = (person.source_id.clone(), person.name.clone());
        known.names.insert(key, Known { id, source_id, name });
    }
}

impl Writes {
    /// The row of a person, to be changed.
    fn of(&mut self, id: Uuid) -> &mut person::ActiveModel {
        if self.made.contains_key(&id) {
            return self.made.entry(id).or_default();
        }
        self.changed
            .entry(id)
            .or_insert_with(|| person::ActiveModel { id: sea_orm::Unchanged(id), ..Default::default() })
    }

    /// Whose name is another now: other films tell the old one.
    fn renamed(&self) -> Vec<PersonId> {
        let changed = self.changed.iter();
        changed.filter(|(_, row)| row.search_key.is_set()).map(|(id, _)| PersonId(*id)).collect()
    }

    async fn write(self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        let mut made: Vec<_> = self.made.into_values().collect();
        // In the order of their making: neighbours in the table are neighbours in the file.
        made.sort_by_key(|row| row.id.try_as_ref().copied());
        for rows in made.chunks(ROWS_AT_ONCE) {
            person::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
        }
        for row in self.changed.into_values() {
            person::Entity::update(row).exec(tx).await?;
        }
        Ok(())
    }
}

/// Looks for people whom no earlier batch met.
async fn look_up(
    tx: &impl ConnectionTrait,
    wanted: &[&ImportedPerson],
    known: &mut KnownPersons,
) -> Result<(), DbErr> {
    let mut ids: Vec<Uuid> =
        wanted.iter().filter_map(|person| person.id).filter(|id| !known.ids.contains_key(id)).collect();
    ids.sort_unstable();
    ids.dedup();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let found = person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied()));
        for row in found.all(tx).await? {
            known.ids.insert(row.id, Localized { ru: row.name_ru, en: row.name_en });
        }
    }
    let mut sources: Vec<String> = wanted
        .iter()
        .filter_map(|person| person.source_id.clone())
        .filter(|source| !known.sources.contains_key(source))
        .collect();
    sources.sort_unstable();
    sources.dedup();
    for sources in sources.chunks(IDS_AT_ONCE) {
        let found = person::Entity::find().filter(person::Column::SourceId.is_in(sources.to_vec()));
        for row in found.all(tx).await? {
            known.sources.extend(row.source_id.map(|source| (source, row.id)));
        }
    }
    let mut names: Vec<String> = wanted
        .iter()
        .filter(|person| person.id.is_none_or(|id| !known.ids.contains_key(&id)))
        .map(|person| name_key(&person.name))
        .filter(|key| !known.names.contains_key(key))
        .collect();
    names.sort_unstable();
    names.dedup();
    for names in names.chunks(IDS_AT_ONCE) {
        let found = person::Entity::find().filter(person::Column::NameKey.is_in(names.to_vec()));
        for row in found.all(tx).await? {
            let name = Localized { ru: row.name_ru, en: row.name_en };
            let person = Known { id: row.id, source_id: row.source_id, name };
            known.names.extend(row.name_key.map(|key| (key, person)));
        }
    }
    Ok(())
}
