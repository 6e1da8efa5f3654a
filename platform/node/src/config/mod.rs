//! Configuration in layers: the commented file of defaults, `kino.toml`, the environment, flags.
//!
//! The file of defaults says which settings there are and of which type; a name that it does not know is refused with
//! the nearest one that it knows.

mod layers;
mod patterns;

pub use layers::{ConfigError, Layers, Origin};
