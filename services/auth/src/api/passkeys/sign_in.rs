//! `POST /sessions/passkey`: begins a sign-in with a passkey.

use std::time::Duration;

use axum::extract::State;
use kino_http::{ClientAddress, Json, Problem, ProblemBody};

use super::CeremonyResponse;
use crate::{Auth, allowance::Allowance, ceremony::Ceremony};

/// Each is kept for a while, and anyone may begin one.
const CEREMONIES: Allowance =
    Allowance { name: "passkey-ceremony", times: 100, within: Duration::from_mins(5) };

#[utoipa::path(
    post,
    path = "/auth/api/v1/sessions/passkey",
    tag = "passkeys",
    responses(
        (status = 200, description = "What to ask the browser: `PublicKeyCredentialRequestOptionsJSON`. No name is told, and none is asked for", body = CeremonyResponse),
        (status = 409, description = "`passkeys_unavailable`: the site has no address that admits them", body = ProblemBody),
        (status = 429, description = "`too_many_requests` from one source", body = ProblemBody),
    ),
)]
pub(crate) async fn begin(
    State(auth): State<Auth>,
    address: ClientAddress,
) -> Result<Json<CeremonyResponse>, Problem> {
    let site = auth.passkey_site()?;
    auth.allowances.spend(CEREMONIES, address.0).await?;
    let begun = site.begin_sign_in().map_err(|error| Problem::internal(&error))?;
    let ceremony_id = auth.keep_ceremony(Ceremony::SignIn, &begun.state).await?;
    Ok(Json(CeremonyResponse { ceremony_id, options: begun.options }))
}
