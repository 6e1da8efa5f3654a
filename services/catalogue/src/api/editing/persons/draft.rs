//! A person as administrators send and see them.

use kino_domain::{Localized, PersonId};
use kino_http::{Fields, IfMatch, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::tag::{self, Tagged, tagged};
use crate::{bilingual, field_rules, film::Person, film_limits::NAME_LONGEST};

/// A person.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PersonDraft {
    /// In one language at least; 1 to 200 characters each.
    #[schema(required = true)]
    full_name: Option<FullName>,
}

/// A name in the languages that are named, or in that of its letters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum FullName {
    #[schema(example = "Андрей Тарковский")]
    Plain(String),
    Localized(Localized),
}

/// A person, their name in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EditedPerson {
    pub(super) id: PersonId,
    pub(super) full_name: Localized,
}

impl PersonDraft {
    /// The person's name, or all that is wrong with it.
    pub(super) fn check(self) -> Result<Localized, Problem> {
        let given = self.full_name.map(|name| match name {
            FullName::Plain(name) => bilingual::by_letters(name),
            FullName::Localized(name) => name,
        });
        let mut fields = Fields::new();
        let name = field_rules::name(&mut fields, "full_name", given, NAME_LONGEST);
        fields.finish()?;
        Ok(name)
    }
}

impl EditedPerson {
    /// The person with the ETag of their name.
    pub(super) fn tagged(person: Person) -> Result<Tagged<Self>, Problem> {
        let Person { id, full_name } = person;
        Ok(tagged(tag::of_names(&full_name)?, Self { id, full_name }))
    }
}

/// Refuses a change to a person who is not named as the caller saw it.
pub(super) fn require(if_match: &IfMatch, person: &Person) -> Result<(), Problem> {
    let current = tag::of_names(&person.full_name)?;
    tag::require(if_match, |tag| current == tag, "person_changed")
}
