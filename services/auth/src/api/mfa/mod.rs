//! `/mfa`: setting up the second factor, and removing it.

mod confirm;
mod recovery_codes;
mod remove;
mod setup;
mod status;

use kino_http::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Auth, recovery};

/// The routes that create: safe to repeat with an `Idempotency-Key`. What they make is shown once.
pub(crate) fn creating() -> OpenApiRouter<Auth> {
    OpenApiRouter::new().routes(routes!(confirm::confirm)).routes(routes!(recovery_codes::renew))
}

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::new()
        .routes(routes!(status::status))
        .routes(routes!(setup::setup))
        .routes(routes!(remove::remove))
}

/// Codes for when the app is lost.
#[derive(Serialize, ToSchema)]
struct RecoveryCodesResponse {
    /// Each is good once. They are not shown again.
    #[schema(example = json!(["7K3D-9QXM-2B8T-R5WV"]))]
    recovery_codes: [String; recovery::COUNT],
}

fn already_set() -> Problem {
    Problem::conflict(
        "totp_already_set",
        "Приложение для кодов уже подключено; чтобы подключить другое, сначала отключите это.",
        "An authenticator app is set up already; to set up another, remove this one first.",
    )
}

fn not_set_up() -> Problem {
    Problem::conflict(
        "totp_not_set_up",
        "Приложение для кодов не подключено.",
        "There is no authenticator app set up.",
    )
}
