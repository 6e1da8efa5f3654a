//! People who were met on earlier pages of films: whoever made one film made others.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::{IDS_AT_ONCE, entity::person};
use crate::film::Person;

/// People who are remembered: those of a catalogue of a million films fit.
const PEOPLE: usize = 500_000;

/// What is made of each person, once.
#[derive(Debug)]
pub(super) struct Remembered<T>(HashMap<Uuid, Arc<T>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Remembered<T> {
    /// Reads those of these people who are not known yet.
    pub(super) async fn learn(
        &mut self,
        connection: &impl ConnectionTrait,
        people: impl Iterator<Item = Uuid> + Clone,
        make: impl Fn(Person) -> T,
    ) -> Result<(), DbErr> {
        let mut unknown: Vec<Uuid> = people.clone().filter(|person| !self.0.contains_key(person)).collect();
        if self.0.len() + unknown.len() > PEOPLE {
            self.0.clear();
            unknown = people.collect();
        }
        unknown.sort_unstable();
        unknown.dedup();
        for ids in unknown.chunks(IDS_AT_ONCE) {
            let rows = person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied()));
            let people = rows.all(connection).await?.into_iter();
            self.0.extend(people.map(|row| (row.id, Arc::new(make(row.into())))));
        }
        Ok(())
    }

    pub(super) fn get(&self, person: &Uuid) -> Option<Arc<T>> {
        self.0.get(person).map(Arc::clone)
    }
}
