//! The published language of the platform: what every service and face means by a film's id, a permission, an
//! access level, a domain event, a moment, a random number.
//!
//! Nothing here does I/O, and nothing here belongs to one service alone.

mod access;
mod clock;
mod entropy;
mod event;
mod ids;
mod permission;
mod text;

pub use access::{AccessLevel, Refusal};
pub use clock::Clock;
pub use entropy::Entropy;
pub use event::{AuthEvent, CatalogueEvent, DomainEvent, Envelope, InvalidationReason};
pub use ids::{FilmId, GenreId, PersonId, SessionId, UserId};
pub use permission::{Permission, PermissionSet, UnknownPermission};
pub use text::{Language, Localized, fold, tidy};
