//! Persons by name.

use std::sync::Arc;

use kino_domain::PersonId;

use super::{
    super::{
        IndexError,
        engine::{DEEPEST, Order, PersonsWanted},
        intent::Intent,
    },
    gather::Gather,
    generation::Generation,
    near_words::NearWords,
    places::Places,
    query::{GENTLY, NO_FACETS},
    reading::Asking,
    side_by_side,
};

impl Generation {
    /// Persons whose name holds the words of the query, the best known of equally good matches first.
    pub(super) fn find_persons(&self, wanted: &PersonsWanted) -> Result<(Vec<PersonId>, u64), IndexError> {
        let Some(intent) = Intent::of(&wanted.query) else { return Ok((Vec::new(), 0)) };
        let places = Places::of_persons(&self.fields);
        let searcher = self.reader.searcher();
        let offset = usize::try_from(wanted.offset).unwrap_or(usize::MAX);
        let gather = Gather {
            order: Order::Relevance,
            blend: GENTLY,
            keep: if wanted.offset >= DEEPEST { 0 } else { offset.saturating_add(wanted.limit) },
            behind: None,
            visible: wanted.visible.clone(),
            access: None,
            genres: Vec::new(),
            years: None,
            facets: NO_FACETS,
            unpacked: Arc::clone(&self.unpacked),
        };
        let near = NearWords::default();
        for strictness in intent.steps() {
            let asking = Asking {
                searcher: &searcher,
                near: &near,
                places: &places,
                strictness,
                from_one_letter: false,
            };
            let Some(query) = asking.intent(&intent)? else { continue };
            let found = side_by_side::search(&searcher, &*query, &gather)?;
            if strictness.is_enough(found.total) {
                let persons = found.first.iter().skip(offset).map(|person| PersonId(person.id));
                return Ok((persons.collect(), found.total));
            }
        }
        Ok((Vec::new(), 0))
    }
}
