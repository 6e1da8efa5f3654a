//! `DELETE /passkeys/{id}`: a passkey signs in no more.

use axum::extract::State;
use http::StatusCode;
use kino_http::{ClientAddress, Json, Path, Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};
use serde_json::json;
use uuid::Uuid;

use super::{no_such_passkey, registration::ReassuranceRequest};
use crate::{
    Auth,
    audit::Action,
    store::{passkeys, users},
};

#[utoipa::path(
    delete,
    path = "/auth/api/v1/passkeys/{id}",
    tag = "passkeys",
    params(("id" = Uuid, Path)),
    request_body = Option<ReassuranceRequest>,
    security(("access_token" = [])),
    responses(
        (status = 204, description = "Removed. Sessions that it began go on"),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 403, description = "`fresh_sign_in_required`: the token comes from a refresh", body = ProblemBody),
        (status = 404, description = "`passkey_not_found`", body = ProblemBody),
        (status = 409, description = "`last_way_in`", body = ProblemBody),
        (status = 422, description = "`password` is `wrong`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts` or `too_many_sign_ins`", body = ProblemBody),
    ),
)]
pub(crate) async fn remove(
    State(auth): State<Auth>,
    caller: Authenticated,
    address: ClientAddress,
    Path(id): Path<Uuid>,
    request: Option<Json<ReassuranceRequest>>,
) -> Result<StatusCode, Problem> {
    let password = request.and_then(|Json(request)| request.password);
    auth.reassure(&caller, password, address.0).await?;
    let tx = auth.database.begin().await?;
    let user = users::lock(&tx, caller.user_id, auth.clock.now()).await?.ok_or_else(require_token_problem)?;
    if !passkeys::remove(&tx, caller.user_id, id).await? {
        return Err(no_such_passkey());
    }
    auth.ensure_way_in(&tx, &user).await?;
    let details = json!({"passkey": id});
    auth.note(&tx, Some(caller.user_id), Action::PasskeyRemoved, caller.user_id, &details).await?;
    auth.commit(tx, &[]).await?;
    Ok(StatusCode::NO_CONTENT)
}
