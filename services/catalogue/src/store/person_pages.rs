//! Reading every person, page by page, as the index keeps them. How widely they are known is told by the films, which were
//! read before: to ask the database for the films of each costs many times more.

use foldhash::HashMap;
use kino_domain::{AccessLevel, Localized, PersonId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::person;
use crate::search::{FilmCard, PersonCard};

/// Where the reading is.
#[derive(Debug, Default)]
pub(crate) struct PersonPages {
    renown: HashMap<PersonId, Renown>,
    after: Option<PersonId>,
}

/// What a person's films make of them.
#[derive(Debug, Default)]
struct Renown {
    /// Of the best known film.
    votes: i64,
    levels: Vec<AccessLevel>,
}

impl PersonPages {
    /// Heeds who made a film: every film is to be heeded before people are read.
    pub(crate) fn heed(&mut self, film: &FilmCard) {
        for person in &film.people {
            let renown = self.renown.entry(person.id).or_default();
            renown.votes = renown.votes.max(film.votes);
            if !renown.levels.contains(&film.access) {
                renown.levels.push(film.access);
            }
        }
    }

    /// The next people in the order of their ids; none at the end.
    pub(crate) async fn next(
        &mut self,
        connection: &impl ConnectionTrait,
        limit: u64,
    ) -> Result<Vec<PersonCard>, DbErr> {
        use person::Column as C;
        let select = person::Entity::find().select_only().columns([C::Id, C::NameRu, C::NameEn]);
        let mut select = select.order_by_asc(C::Id).limit(limit);
        if let Some(after) = self.after {
            select = select.filter(C::Id.gt(after.0));
        }
        let persons: Vec<(Uuid, Option<String>, Option<String>)> =
            select.into_tuple().all(connection).await?;
        let cards: Vec<PersonCard> = persons
            .into_iter()
            .map(|(id, ru, en)| {
                let (id, full_name) = (PersonId(id), Localized { ru, en });
                let Renown { votes, mut levels } = self.renown.remove(&id).unwrap_or_default();
                levels.sort_unstable();
                PersonCard { id, full_name, votes, levels }
            })
            .collect();
        self.after = cards.last().map(|card| card.id).or(self.after);
        Ok(cards)
    }
}
