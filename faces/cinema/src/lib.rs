//! The viewers' site: pages rendered on the server, fed by the public API alone.
//!
//! [`router`] is the whole site. It keeps nothing: who a visitor is stands in cookies ([`session`]), everything else is
//! asked of the services through [`Upstream`]s for each page. Pages work without a script; only passkeys, which browsers
//! give to scripts alone, have one. There is no style outside one file.

mod api;
mod assets;
mod countries;
mod csrf;
mod notice;
mod pages;
mod policy;
mod router;
mod session;
mod texts;
mod visit;

use kino_domain::{Clock, Entropy};
use kino_upstream::Upstream;

pub use router::router;

/// What the site is made of. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cinema {
    /// The way to the accounts.
    pub auth: Upstream,
    /// The way to the films.
    pub catalogue: Upstream,
    /// Tells how long a session's cookies last.
    pub clock: Clock,
    /// Makes the tokens that guard forms.
    pub entropy: Entropy,
    /// Whether cookies travel over HTTPS only: on wherever the site is not tried out on a plain address.
    pub secure_cookies: bool,
}
