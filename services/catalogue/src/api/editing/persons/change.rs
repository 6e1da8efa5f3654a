//! `PUT /persons/{id}`, `PATCH /persons/{id}`: another name.

use axum::extract::State;
use kino_domain::{CatalogueEvent, Localized, PersonId};
use kino_http::{IfMatch, Json, Path, Problem, ProblemBody, read_value};
use kino_token::{Authorized, CrudFilms};
use serde_json::{Value, json};

use super::{
    super::tag::Tagged,
    draft::{EditedPerson, PersonDraft, require},
};
use crate::{Catalogue, api::persons::not_found, film::Person, merge_patch::merge, store::editing::persons};

#[utoipa::path(
    put,
    path = "/async/api/v1/persons/{id}",
    tag = "administration",
    params(
        ("id" = PersonId, Path),
        IfMatch,
    ),
    request_body = PersonDraft,
    security(("access_token" = [])),
    responses(
        (status = 200, description = "Renamed", body = EditedPerson, headers(("ETag" = String, description = "For `If-Match`"))),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`person_not_found`", body = ProblemBody),
        (status = 412, description = "`person_changed`", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn replace(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<PersonId>,
    if_match: IfMatch,
    Json(draft): Json<PersonDraft>,
) -> Result<Tagged<EditedPerson>, Problem> {
    let full_name = draft.check()?;
    rename(&catalogue, id, &if_match, |_| Ok(full_name)).await
}

#[utoipa::path(
    patch,
    path = "/async/api/v1/persons/{id}",
    tag = "administration",
    params(
        ("id" = PersonId, Path),
        IfMatch,
    ),
    request_body(
        content = Object,
        content_type = "application/merge-patch+json",
        description = "A language that is left out stays, one that is null is cleared",
        example = json!({"full_name": {"en": "Andrei Tarkovsky"}}),
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "Renamed", body = EditedPerson, headers(("ETag" = String, description = "For `If-Match`"))),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`person_not_found`", body = ProblemBody),
        (status = 412, description = "`person_changed`", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn patch(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<PersonId>,
    if_match: IfMatch,
    Json(patch): Json<Value>,
) -> Result<Tagged<EditedPerson>, Problem> {
    let apply =
        |before: &Localized| read_value::<PersonDraft>(merge(json!({"full_name": before}), patch))?.check();
    rename(&catalogue, id, &if_match, apply).await
}

async fn rename(
    catalogue: &Catalogue,
    id: PersonId,
    if_match: &IfMatch,
    make: impl FnOnce(&Localized) -> Result<Localized, Problem>,
) -> Result<Tagged<EditedPerson>, Problem> {
    let tx = catalogue.database.begin().await?;
    let before = persons::lock(&tx, id).await?.ok_or_else(not_found)?;
    require(if_match, &before)?;
    let person = Person { id, full_name: make(&before.full_name)? };
    if person != before {
        persons::update(&tx, &person).await?;
        catalogue.commit(tx, &[CatalogueEvent::PersonChanged { person_id: id }]).await?;
        // Any film may show them.
        catalogue.served.forget_all();
    }
    EditedPerson::tagged(person)
}
