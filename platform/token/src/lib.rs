//! Access tokens: what they say, whether they are genuine, whether they still hold.
//!
//! Every service checks tokens by itself: the signature against the keys that auth publishes, the revocation against a
//! set in memory that follows the event log. There is no network hop per request. Handlers take what they need as an
//! argument: [`Caller`], [`Authenticated`], [`Authorized`].

mod claims;
mod extract;
mod feed;
mod gate;
mod keys;
mod revocation;
mod verify;
mod visitors;

pub use claims::{Claims, TokenType};
pub use extract::{
    AssignRole, Authenticated, Authorized, Caller, CrudFilms, CrudRole, InSession, Right,
    require_token_problem,
};
pub use gate::{TokenError, TokenGate, TokenPolicy};
pub use keys::KeySource;
pub use verify::{in_time, key_id, verify};
pub use visitors::{ANONYMOUS, Visitors};
