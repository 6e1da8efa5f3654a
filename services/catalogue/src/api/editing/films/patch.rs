//! `PATCH /films/{id}`: some fields of a film change (JSON Merge Patch, RFC 7396).

use axum::extract::State;
use kino_domain::FilmId;
use kino_http::{IfMatch, Json, Path, Problem, ProblemBody, read_value};
use kino_token::{Authorized, CrudFilms};
use serde_json::Value;

use super::{super::tag::Tagged, change, view::EditedFilm};
use crate::{
    Catalogue, film_content::FilmContent, film_draft::FilmDraft, merge_patch::merge, revision::Action,
};

#[utoipa::path(
    patch,
    path = "/async/api/v1/films/{id}",
    tag = "administration",
    params(
        ("id" = FilmId, Path),
        IfMatch,
    ),
    request_body(
        content = Object,
        content_type = "application/merge-patch+json",
        description = "Fields of a film. What is left out stays, what is null is cleared, `title` and `description` \
            change language by language, lists are replaced. Title and access cannot be cleared. \
            `application/json` is taken for the same",
        example = json!({"title": {"en": "Solaris"}, "age_rating": null}),
    ),
    security(("access_token" = [])),
    responses(
        (
            status = 200,
            description = "Changed. Where nothing changes, the version stays",
            body = EditedFilm,
            headers(("ETag" = String, description = "Its version, for `If-Match`")),
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 404, description = "`film_not_found`", body = ProblemBody),
        (status = 412, description = "`film_changed`", body = ProblemBody),
        (status = 422, description = "Fields are wrong; all of them are named", body = ProblemBody),
    ),
)]
pub(crate) async fn patch(
    State(catalogue): State<Catalogue>,
    caller: Authorized<CrudFilms>,
    Path(id): Path<FilmId>,
    if_match: IfMatch,
    Json(patch): Json<Value>,
) -> Result<Tagged<EditedFilm>, Problem> {
    let apply = |before: &FilmContent| {
        let before = serde_json::to_value(before).map_err(|error| Problem::internal(&error))?;
        read_value::<FilmDraft>(merge(before, patch))?.check()
    };
    change::change(&catalogue, &caller, id, &if_match, Action::Patched, apply).await?.tagged()
}
