//! `GET /persons/{id}/edit`: a person in both languages.

use axum::extract::State;
use kino_domain::PersonId;
use kino_http::{Path, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::{super::tag::Tagged, draft::EditedPerson};
use crate::{Catalogue, api::persons::not_found, store::persons};

#[utoipa::path(
    get,
    path = "/async/api/v1/persons/{id}/edit",
    tag = "administration",
    params(("id" = PersonId, Path)),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The person", body = EditedPerson, headers(("ETag" = String, description = "For `If-Match`"))),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`person_not_found`", body = ProblemBody),
    ),
)]
pub(crate) async fn edit(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<PersonId>,
) -> Result<Tagged<EditedPerson>, Problem> {
    let person = persons::find(catalogue.database.read(), id).await?.ok_or_else(not_found)?;
    EditedPerson::tagged(person)
}
