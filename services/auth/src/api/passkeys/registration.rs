//! `POST /passkeys/registration`: begins to make a passkey.

use axum::extract::State;
use kino_http::{ClientAddress, Json, Problem, ProblemBody};
use kino_token::{Authenticated, require_token_problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::CeremonyResponse;
use crate::{
    Auth,
    ceremony::Ceremony,
    passkey,
    store::{passkeys, users},
};

/// Who it is, where the token does not say it well enough.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct ReassuranceRequest {
    /// The account's password. Not needed with a token that comes from a sign-in rather than from a refresh.
    #[schema(example = "correct horse battery")]
    pub(super) password: Option<String>,
}

pub(super) fn too_many() -> Problem {
    Problem::conflict(
        "too_many_passkeys",
        "Ключей доступа уже 20; сначала удалите ненужный.",
        "There are 20 passkeys already; remove one that is not needed first.",
    )
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/passkeys/registration",
    tag = "passkeys",
    request_body = Option<ReassuranceRequest>,
    security(("access_token" = [])),
    responses(
        (status = 200, description = "What to ask the browser: `PublicKeyCredentialCreationOptionsJSON`", body = CeremonyResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 403, description = "`fresh_sign_in_required`: the token comes from a refresh", body = ProblemBody),
        (status = 409, description = "`passkeys_unavailable`: the site has no address that admits them; `too_many_passkeys`", body = ProblemBody),
        (status = 422, description = "`password` is `wrong`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts` or `too_many_sign_ins`", body = ProblemBody),
    ),
)]
pub(crate) async fn begin(
    State(auth): State<Auth>,
    caller: Authenticated,
    address: ClientAddress,
    request: Option<Json<ReassuranceRequest>>,
) -> Result<Json<CeremonyResponse>, Problem> {
    let site = auth.passkey_site()?;
    let password = request.and_then(|Json(request)| request.password);
    auth.reassure(&caller, password, address.0).await?;
    let read = auth.database.read();
    let user = users::find(read, caller.user_id).await?.ok_or_else(require_token_problem)?;
    let existing = passkeys::of_user(read, user.id).await?;
    if existing.len() >= passkey::MOST {
        return Err(too_many());
    }
    let existing = existing.into_iter().map(|passkey| passkey.credential).collect();
    let begun = site
        .begin_registration(user.id, &user.username, existing)
        .map_err(|error| Problem::internal(&error))?;
    let ceremony_id = auth.keep_ceremony(Ceremony::Registration(user.id), &begun.state).await?;
    Ok(Json(CeremonyResponse { ceremony_id, options: begun.options }))
}
