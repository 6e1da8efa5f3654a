//! The search index, for those who run the cinema.

mod audit;
mod dead_letters;
mod rebuild;
mod state;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Catalogue, upkeep::UpkeepError};
use kino_http::Problem;

pub(crate) fn routes() -> OpenApiRouter<Catalogue> {
    OpenApiRouter::new()
        .routes(routes!(state::state))
        .routes(routes!(rebuild::rebuild))
        .routes(routes!(audit::audit))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::replay))
        .routes(routes!(dead_letters::discard))
}

impl From<UpkeepError> for Problem {
    fn from(error: UpkeepError) -> Self {
        match error {
            UpkeepError::Index(error) => error.into(),
            UpkeepError::Database(error) => error.into(),
            UpkeepError::Log(_) | UpkeepError::Ended => Self::engine_down(&error),
        }
    }
}
