//! `POST /films/{id}/revisions/{version}/restore`: an earlier state becomes the newest one; a deleted film comes back.

use axum::extract::State;
use kino_domain::FilmId;
use kino_http::{IfMatch, Path, Problem, ProblemBody};
use kino_token::{Authorized, Claims, CrudFilms};

use super::{
    super::tag::Tagged,
    change,
    problems::{no_such_revision, require},
    references,
    view::EditedFilm,
};
use crate::{
    Catalogue,
    film_content::FilmContent,
    revision::Action,
    store::editing::{films, revisions},
};

fn of_deletion() -> Problem {
    Problem::conflict(
        "revision_deleted",
        "В этой версии фильм удалён; восстанавливать нечего. Выберите другую.",
        "In this version the film is deleted; there is nothing to restore. Choose another.",
    )
}

fn back_already() -> Problem {
    Problem::conflict(
        "film_restored_meanwhile",
        "Фильм только что восстановил кто-то другой. Прочитайте его заново.",
        "Someone else has just restored the film. Read it anew.",
    )
}

#[utoipa::path(
    post,
    path = "/async/api/v1/films/{id}/revisions/{version}/restore",
    tag = "administration",
    params(
        ("id" = FilmId, Path),
        ("version" = i64, Path),
        IfMatch,
    ),
    security(("access_token" = [])),
    responses(
        (
            status = 200,
            description = "The film, as a new version. Genres and persons who are no more are left out of it",
            body = EditedFilm,
            headers(("ETag" = String, description = "Its version, for `If-Match`")),
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`revision_not_found`", body = ProblemBody),
        (status = 409, description = "`revision_deleted`: the revision is a deletion; or `film_restored_meanwhile`", body = ProblemBody),
        (status = 412, description = "`film_changed`", body = ProblemBody),
    ),
)]
pub(crate) async fn restore(
    State(catalogue): State<Catalogue>,
    caller: Authorized<CrudFilms>,
    Path((id, version)): Path<(FilmId, i64)>,
    if_match: IfMatch,
) -> Result<Tagged<EditedFilm>, Problem> {
    // A revision does not change once it is written.
    let wanted = revisions::find(catalogue.database.read(), id, version).await?;
    let content = wanted.ok_or_else(no_such_revision)?.film.ok_or_else(of_deletion)?;
    bring_back(&catalogue, &caller, id, &if_match, content).await?.tagged()
}

async fn bring_back(
    catalogue: &Catalogue,
    by: &Claims,
    id: FilmId,
    if_match: &IfMatch,
    mut content: FilmContent,
) -> Result<EditedFilm, Problem> {
    let tx = catalogue.database.begin().await?;
    let there = films::lock(&tx, id).await?;
    references::absent(&tx, &content).await?.leave_out_of(&mut content);
    if let Some((before, carried)) = there {
        require(if_match, before.version)?;
        return change::write(catalogue, tx, by, Action::Restored, &before, carried, content).await;
    }
    let last = revisions::latest(&tx, id).await?.ok_or_else(no_such_revision)?;
    require(if_match, last.version)?;
    let film = EditedFilm { id, version: last.version + 1, updated_at: catalogue.clock.now(), content };
    if change::add(catalogue, tx, by, Action::Restored, &film, last.carried).await? {
        Ok(film)
    } else {
        Err(back_already())
    }
}
