//! `DELETE /persons/{id}`: a person who had a part in no film goes.

use axum::extract::State;
use http::StatusCode;
use kino_domain::{CatalogueEvent, PersonId};
use kino_http::{IfMatch, Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::draft::require;
use crate::{Catalogue, api::persons::not_found, store::editing::persons};

fn in_use(films: u64) -> Problem {
    Problem::conflict(
        "person_in_use",
        format!("Этот человек указан в фильмах, их {films}; сначала уберите его из них."),
        format!("Films of this person: {films}. Take the person out of them first."),
    )
}

#[utoipa::path(
    delete,
    path = "/async/api/v1/persons/{id}",
    tag = "administration",
    params(
        ("id" = PersonId, Path),
        IfMatch,
    ),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`person_not_found`", body = ProblemBody),
        (status = 409, description = "`person_in_use`; the detail says by how many films", body = ProblemBody),
        (status = 412, description = "`person_changed`", body = ProblemBody),
    ),
)]
pub(crate) async fn delete(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<PersonId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let tx = catalogue.database.begin().await?;
    let person = persons::lock(&tx, id).await?.ok_or_else(not_found)?;
    require(&if_match, &person)?;
    match persons::count_films(&tx, id).await? {
        0 => persons::delete(&tx, id).await?,
        films => return Err(in_use(films)),
    }
    catalogue.commit(tx, &[CatalogueEvent::PersonDeleted { person_id: id }]).await?;
    Ok(StatusCode::NO_CONTENT)
}
