//! The one way in which administrators change films: a transaction, under the film's lock, that writes the film, its
//! revision and its events.

use std::collections::BTreeSet;

use kino_domain::{CatalogueEvent, FilmId, PersonId};
use kino_http::{IDEMPOTENCY_KEPT, IdempotencyKey, IfMatch, Problem};
use kino_token::Claims;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{
    problems::{not_found, require},
    references,
    view::EditedFilm,
};
use crate::{
    Catalogue,
    film::Film,
    film_content::FilmContent,
    revision::{Action, Actor, Carried, Revision},
    store::editing::{films, revisions},
};

/// Adds a film: the `nth` that is made with this key, which makes it once.
pub(super) async fn create(
    catalogue: &Catalogue,
    by: &Claims,
    (key, nth): (&IdempotencyKey, usize),
    content: FilmContent,
) -> Result<EditedFilm, Problem> {
    let bytes = serde_json::to_vec(&content).map_err(|error| Problem::internal(&error))?;
    let mut own = key.id(by.user_id.0, nth, &bytes).map(FilmId);
    let tx = catalogue.database.begin().await?;
    if let Some(id) = own
        && let Some(made) = as_made(&tx, id).await?
    {
        let forgotten = made.updated_at + IDEMPOTENCY_KEPT;
        if catalogue.clock.now() < forgotten {
            return Ok(made);
        }
        own = None;
    }
    references::require(&tx, &content).await?;
    let id = own.unwrap_or_else(|| FilmId::generate(&catalogue.clock, &catalogue.entropy));
    let film = EditedFilm { id, version: 1, updated_at: catalogue.clock.now(), content };
    if add(catalogue, tx, by, Action::Created, &film, Carried::default()).await? {
        return Ok(film);
    }
    // The same request, at the same moment.
    let made = as_made(catalogue.database.read(), id).await?;
    made.ok_or_else(|| Problem::internal(&"a film without its first revision"))
}

/// A film as it was when an administrator made it, whatever became of it.
async fn as_made(connection: &impl ConnectionTrait, id: FilmId) -> Result<Option<EditedFilm>, Problem> {
    let first = revisions::find(connection, id, 1).await?;
    Ok(first.and_then(|Revision { version, at, film, .. }| {
        film.map(|content| EditedFilm { id, version, updated_at: at, content })
    }))
}

/// Makes of a film what `make` makes of it. Where that is what the film is, nothing is written.
pub(super) async fn change(
    catalogue: &Catalogue,
    by: &Claims,
    id: FilmId,
    if_match: &IfMatch,
    action: Action,
    make: impl FnOnce(&FilmContent) -> Result<FilmContent, Problem>,
) -> Result<EditedFilm, Problem> {
    let tx = catalogue.database.begin().await?;
    let (before, carried) = films::lock(&tx, id).await?.ok_or_else(not_found)?;
    require(if_match, before.version)?;
    let content = make(&FilmContent::of(&before))?;
    references::require(&tx, &content).await?;
    write(catalogue, tx, by, action, &before, carried, content).await
}

/// Deletes a film.
pub(super) async fn delete(
    catalogue: &Catalogue,
    by: &Claims,
    id: FilmId,
    if_match: &IfMatch,
) -> Result<(), Problem> {
    let tx = catalogue.database.begin().await?;
    let (before, carried) = films::lock(&tx, id).await?.ok_or_else(not_found)?;
    require(if_match, before.version)?;
    revisions::keep_imported(&tx, &before, &carried).await?;
    let revision = Revision {
        version: before.version + 1,
        at: catalogue.clock.now(),
        actor: Some(Actor::of(by)),
        action: Action::Deleted,
        changed: Vec::new(),
        film: None,
        carried,
    };
    revisions::add(&tx, id, &revision).await?;
    films::delete(&tx, id).await?;
    let mut events = vec![CatalogueEvent::FilmDeleted { film_id: id }];
    events.extend(left(&before, None));
    Ok(catalogue.commit(tx, &events).await?)
}

/// Writes a film that is not there; false where it came meanwhile.
pub(super) async fn add(
    catalogue: &Catalogue,
    tx: DatabaseTransaction,
    by: &Claims,
    action: Action,
    film: &EditedFilm,
    carried: Carried,
) -> Result<bool, Problem> {
    let EditedFilm { id, version, updated_at, content } = film;
    if !films::insert(&tx, *id, content, &carried, *version, *updated_at).await? {
        return Ok(false);
    }
    let revision = Revision {
        version: *version,
        at: *updated_at,
        actor: Some(Actor::of(by)),
        action,
        changed: Vec::new(),
        film: Some(content.clone()),
        carried,
    };
    revisions::add(&tx, *id, &revision).await?;
    catalogue.commit(tx, &[CatalogueEvent::FilmChanged { film_id: *id, version: *version }]).await?;
    Ok(true)
}

/// Writes a film that is there, and was locked.
pub(super) async fn write(
    catalogue: &Catalogue,
    tx: DatabaseTransaction,
    by: &Claims,
    action: Action,
    before: &Film,
    carried: Carried,
    content: FilmContent,
) -> Result<EditedFilm, Problem> {
    let changed = content.changed_since(&FilmContent::of(before));
    if changed.is_empty() {
        return Ok(EditedFilm::of(before));
    }
    let (id, version, now) = (before.id, before.version + 1, catalogue.clock.now());
    revisions::keep_imported(&tx, before, &carried).await?;
    films::update(&tx, id, &content, version, now).await?;
    let revision = Revision {
        version,
        at: now,
        actor: Some(Actor::of(by)),
        action,
        changed,
        film: Some(content.clone()),
        carried,
    };
    revisions::add(&tx, id, &revision).await?;
    let mut events = vec![CatalogueEvent::FilmChanged { film_id: id, version }];
    events.extend(left(before, Some(&content)));
    catalogue.commit(tx, &events).await?;
    Ok(EditedFilm { id, version, updated_at: now, content })
}

/// The persons who are no more among the film's credits: what is kept of them tells of it.
fn left(before: &Film, after: Option<&FilmContent>) -> impl Iterator<Item = CatalogueEvent> {
    let mut gone: BTreeSet<PersonId> = before.people.iter().map(|credit| credit.person.id).collect();
    for (person, _) in after.into_iter().flat_map(FilmContent::credits) {
        gone.remove(&person);
    }
    gone.into_iter().map(|person_id| CatalogueEvent::PersonChanged { person_id })
}
