//! `PUT /genres/{id}`, `PATCH /genres/{id}`: another name.

use axum::extract::State;
use kino_domain::{CatalogueEvent, GenreId, Localized};
use kino_http::{IfMatch, Json, Path, Problem, ProblemBody, read_value};
use kino_token::{Authorized, CrudFilms};
use serde_json::{Value, json};

use super::{
    super::tag::Tagged,
    draft::{EditedGenre, GenreDraft, exists, require},
};
use crate::{Catalogue, api::genres::not_found, film::Genre, merge_patch::merge, store::editing::genres};

#[utoipa::path(
    put,
    path = "/async/api/v1/genres/{id}",
    tag = "administration",
    params(
        ("id" = GenreId, Path),
        IfMatch,
    ),
    request_body = GenreDraft,
    security(("access_token" = [])),
    responses(
        (status = 200, description = "Renamed", body = EditedGenre, headers(("ETag" = String, description = "For `If-Match`"))),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`genre_not_found`", body = ProblemBody),
        (status = 409, description = "`genre_exists`, by one of the names, in either language", body = ProblemBody),
        (status = 412, description = "`genre_changed`", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn replace(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<GenreId>,
    if_match: IfMatch,
    Json(draft): Json<GenreDraft>,
) -> Result<Tagged<EditedGenre>, Problem> {
    let name = draft.check()?;
    rename(&catalogue, id, &if_match, |_| Ok(name)).await
}

#[utoipa::path(
    patch,
    path = "/async/api/v1/genres/{id}",
    tag = "administration",
    params(
        ("id" = GenreId, Path),
        IfMatch,
    ),
    request_body(
        content = Object,
        content_type = "application/merge-patch+json",
        description = "A language that is left out stays, one that is null is cleared",
        example = json!({"name": {"en": "Science Fiction"}}),
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "Renamed", body = EditedGenre, headers(("ETag" = String, description = "For `If-Match`"))),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`genre_not_found`", body = ProblemBody),
        (status = 409, description = "`genre_exists`, by one of the names, in either language", body = ProblemBody),
        (status = 412, description = "`genre_changed`", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn patch(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Path(id): Path<GenreId>,
    if_match: IfMatch,
    Json(patch): Json<Value>,
) -> Result<Tagged<EditedGenre>, Problem> {
    let apply = |before: &Localized| read_value::<GenreDraft>(merge(json!({"name": before}), patch))?.check();
    rename(&catalogue, id, &if_match, apply).await
}

async fn rename(
    catalogue: &Catalogue,
    id: GenreId,
    if_match: &IfMatch,
    make: impl FnOnce(&Localized) -> Result<Localized, Problem>,
) -> Result<Tagged<EditedGenre>, Problem> {
    let tx = catalogue.database.begin().await?;
    let before = genres::lock(&tx, id).await?.ok_or_else(not_found)?;
    require(if_match, &before)?;
    let genre = Genre { id, name: make(&before.name)? };
    if genre != before {
        if genres::is_taken(&tx, &genre.name, Some(id)).await? || !genres::update(&tx, &genre).await? {
            return Err(exists());
        }
        catalogue.commit(tx, &[CatalogueEvent::GenreChanged { genre_id: id }]).await?;
        // Any film may show it.
        catalogue.served.forget_all();
    }
    EditedGenre::tagged(genre)
}
