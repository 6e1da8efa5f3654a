//! `PATCH /passkeys/{id}`: calls a passkey otherwise.

use axum::extract::State;
use kino_http::{Json, Path, Problem, ProblemBody};
use kino_token::Authenticated;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{PasskeyResponse, no_such_passkey};
use crate::{Auth, passkey, store::passkeys};

/// What changes.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RenameRequest {
    /// 1 to 50 characters.
    #[schema(example = "Old phone")]
    name: String,
}

#[utoipa::path(
    patch,
    path = "/auth/api/v1/passkeys/{id}",
    tag = "passkeys",
    params(("id" = Uuid, Path)),
    request_body = RenameRequest,
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The passkey under its new name", body = PasskeyResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 404, description = "`passkey_not_found`", body = ProblemBody),
        (status = 422, description = "The name is wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn rename(
    State(auth): State<Auth>,
    caller: Authenticated,
    Path(id): Path<Uuid>,
    Json(request): Json<RenameRequest>,
) -> Result<Json<PasskeyResponse>, Problem> {
    let name = passkey::name(&request.name).map_err(|error| Problem::invalid(vec![error]))?;
    let tx = auth.database.begin().await?;
    passkeys::rename(&tx, caller.user_id, id, &name).await?;
    let passkey = passkeys::find(&tx, caller.user_id, id).await?.ok_or_else(no_such_passkey)?;
    auth.commit(tx, &[]).await?;
    Ok(Json(passkey.into()))
}
