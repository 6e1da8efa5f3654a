//! `POST /mfa/totp/setup`: a secret for an authenticator app. It is asked for only once a code has confirmed it.

use axum::extract::State;
use kino_http::{ClientAddress, Json, Problem, ProblemBody};
use kino_token::Authenticated;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::already_set;
use crate::{Auth, qr, store::totp, totp::TotpSecret};

/// Who asks.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct SetupRequest {
    /// Needed where the access token is not from a sign-in, but from a refresh.
    password: Option<String>,
}

/// What the app is given, in three forms.
#[derive(Serialize, ToSchema)]
pub(crate) struct SetupResponse {
    /// To be typed: base 32.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// To be opened on the phone itself.
    #[schema(
        example = "otpauth://totp/Kinoservice:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kinoservice"
    )]
    otpauth_url: String,
    /// To be scanned: the address as a QR code, an `<svg>` element.
    #[schema(example = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 45 45\">...</svg>")]
    qr_svg: String,
}

#[utoipa::path(
    post,
    path = "/auth/api/v1/mfa/totp/setup",
    tag = "mfa",
    request_body = Option<SetupRequest>,
    security(("access_token" = [])),
    responses(
        (status = 200, description = "For the app; then confirm it with a code. A secret that was not confirmed is replaced", body = SetupResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 403, description = "`fresh_sign_in_required`", body = ProblemBody),
        (status = 409, description = "`totp_already_set`", body = ProblemBody),
        (status = 422, description = "`password` is `wrong`", body = ProblemBody),
        (status = 429, description = "`too_many_attempts`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn setup(
    State(auth): State<Auth>,
    caller: Authenticated,
    ClientAddress(address): ClientAddress,
    request: Option<Json<SetupRequest>>,
) -> Result<Json<SetupResponse>, Problem> {
    let Json(request) = request.unwrap_or_default();
    let user = auth.reassure(&caller, request.password, address).await?;
    let secret = TotpSecret::generate(&auth.entropy);
    let otpauth_url = secret.otpauth_url(&user.username).map_err(|error| Problem::internal(&error))?;
    let qr_svg = qr::svg(&otpauth_url).map_err(|error| Problem::internal(&error))?;
    let tx = auth.database.begin().await?;
    let user = auth.lock_unchanged(&tx, &user).await?;
    if totp::find_confirmed(&tx, user.id).await?.is_some() {
        return Err(already_set());
    }
    totp::put_pending(&tx, user.id, auth.seal_secret(user.id, &secret)).await?;
    auth.commit(tx, &[]).await?;
    Ok(Json(SetupResponse { secret: secret.base32(), otpauth_url, qr_svg }))
}
