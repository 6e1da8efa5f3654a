//! `POST /genres`: a new genre.

use axum::extract::State;
use http::{HeaderName, HeaderValue, StatusCode, header};
use kino_domain::GenreId;
use kino_http::{Json, Problem, ProblemBody};
use kino_token::{Authorized, CrudFilms};

use super::{
    super::tag,
    draft::{EditedGenre, GenreDraft, exists},
};
use crate::{Catalogue, film::Genre, store::editing::genres};

#[utoipa::path(
    post,
    path = "/async/api/v1/genres",
    tag = "administration",
    request_body = GenreDraft,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, makes one genre")),
    security(("access_token" = [])),
    responses(
        (
            status = 201,
            description = "Made",
            body = EditedGenre,
            headers(("Location" = String, description = "Where it is"), ("ETag" = String, description = "For `If-Match`")),
        ),
        (status = 403, description = "Needs CRUD_FILMS", body = ProblemBody),
        (status = 409, description = "`genre_exists`, by one of the names, in either language", body = ProblemBody),
        (status = 422, description = "Fields are wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn create(
    State(catalogue): State<Catalogue>,
    _: Authorized<CrudFilms>,
    Json(draft): Json<GenreDraft>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 2], Json<EditedGenre>), Problem> {
    let name = draft.check()?;
    let tx = catalogue.database.begin().await?;
    let genre = Genre { id: GenreId::generate(&catalogue.clock, &catalogue.entropy), name };
    if genres::is_taken(&tx, &genre.name, None).await? || !genres::insert(&tx, &genre).await? {
        return Err(exists());
    }
    catalogue.commit(tx, &[]).await?;
    let location = tag::location("genres", &genre.id)?;
    let Genre { id, name } = genre;
    let headers = [(header::LOCATION, location), (header::ETAG, tag::of_names(&name)?)];
    Ok((StatusCode::CREATED, headers, Json(EditedGenre { id, name })))
}
