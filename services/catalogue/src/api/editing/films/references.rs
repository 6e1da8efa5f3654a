//! The genres and persons that a film names.

use std::{collections::HashSet, fmt::Display};

use kino_domain::{GenreId, PersonId};
use kino_http::{FieldError, Fields, Problem};
use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    film_content::FilmContent,
    store::editing::{genres, persons},
};

/// So many unknown ids of a list are named.
const NAMED: usize = 10;

/// Those that a film names and that there are not.
pub(super) struct Absent {
    genres: HashSet<GenreId>,
    persons: HashSet<PersonId>,
}

/// Looks for them. Those that there are cannot be deleted until the transaction ends.
pub(super) async fn absent(tx: &impl ConnectionTrait, film: &FilmContent) -> Result<Absent, DbErr> {
    let genres = film.genres.iter().copied().collect();
    let persons = film.credits().map(|(person, _)| person).collect();
    Ok(Absent { genres: genres::absent(tx, genres).await?, persons: persons::absent(tx, persons).await? })
}

/// Refuses a film that names what there is not.
pub(super) async fn require(tx: &impl ConnectionTrait, film: &FilmContent) -> Result<(), Problem> {
    let absent = absent(tx, film).await?;
    let mut fields = Fields::new();
    let (ru, en) = ("Таких жанров нет", "There are no such genres");
    fields.check(known("genres", "unknown_genre", &film.genres, &absent.genres, ru, en));
    for (field, people) in
        [("directors", &film.directors), ("writers", &film.writers), ("actors", &film.actors)]
    {
        let (ru, en) = ("Таких людей нет", "There are no such persons");
        fields.check(known(field, "unknown_person", people, &absent.persons, ru, en));
    }
    fields.finish()
}

fn known<T: Display + Eq + std::hash::Hash>(
    field: &str,
    code: &'static str,
    ids: &[T],
    absent: &HashSet<T>,
    ru: &str,
    en: &str,
) -> Result<(), FieldError> {
    let unknown: Vec<String> =
        ids.iter().filter(|id| absent.contains(id)).take(NAMED).map(ToString::to_string).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let unknown = unknown.join(", ");
    Err(FieldError::new(field, code, format!("{ru}: {unknown}."), format!("{en}: {unknown}.")))
}

impl Absent {
    /// Takes them out of the film.
    pub(super) fn leave_out_of(&self, film: &mut FilmContent) {
        film.genres.retain(|genre| !self.genres.contains(genre));
        for people in [&mut film.directors, &mut film.writers, &mut film.actors] {
            people.retain(|person| !self.persons.contains(person));
        }
    }
}
