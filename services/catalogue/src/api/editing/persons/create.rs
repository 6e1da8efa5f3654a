//! `POST /persons`: a new person. Two may share a name.

use axum::extract::State;
use http::{HeaderName, HeaderValue, StatusCode, header};
use kino_domain::{CatalogueEvent, PersonId};
use kino_http::{IdempotencyKey, Json, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::{
    super::tag,
    draft::{EditedPerson, PersonDraft},
};
use crate::{Catalogue, film::Person, store::editing::persons};

#[utoipa::path(
    post,
    path = "/async/api/v1/persons",
    tag = "administration",
    request_body = PersonDraft,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, makes one person")),
    security(("access_token" = [])),
    responses(
        (
            status = 201,
            description = "Made",
            body = EditedPerson,
            headers(("Location" = String, description = "Where it is"), ("ETag" = String, description = "For `If-Match`")),
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn create(
    State(catalogue): State<Catalogue>,
    caller: Authorized<CrudFilms>,
    key: IdempotencyKey,
    Json(draft): Json<PersonDraft>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 2], Json<EditedPerson>), Problem> {
    let full_name = draft.check()?;
    let bytes = serde_json::to_vec(&full_name).map_err(|error| Problem::internal(&error))?;
    let own = key.id(caller.user_id.0, 0, &bytes).map(PersonId);
    let id = own.unwrap_or_else(|| PersonId::generate(&catalogue.clock, &catalogue.entropy));
    let person = Person { id, full_name };
    let tx = catalogue.database.begin().await?;
    // There already: by an earlier try, whose answer was lost.
    if persons::insert(&tx, &person).await? {
        catalogue.commit(tx, &[CatalogueEvent::PersonChanged { person_id: id }]).await?;
    }
    let location = tag::location("persons", &person.id)?;
    let Person { id, full_name } = person;
    let headers = [(header::LOCATION, location), (header::ETAG, tag::of_names(&full_name)?)];
    Ok((StatusCode::CREATED, headers, Json(EditedPerson { id, full_name })))
}
