//! Identifiers: UUIDs that cannot be taken for one another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Clock, Entropy};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier (UUID v7): later ones sort after earlier ones, to the millisecond.
            pub fn generate(clock: &Clock, entropy: &Entropy) -> Self {
                Self(entropy.uuid_v7(clock.now()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    };
}

id!(
    /// An account.
    UserId
);
id!(
    /// One sign-in of one account on one device; the `sub` of its tokens.
    SessionId
);
id!(
    /// A film or a series.
    FilmId
);
id!(
    /// A genre.
    GenreId
);
id!(
    /// A person who made a film.
    PersonId
);
