//! One way to reach a service of the platform, wherever it runs.
//!
//! Callers hold an [`Upstream`] and speak the service's public API through it. In this version every service runs in
//! the caller's process and a call goes straight to its router; nothing in a caller changes when it does not.

mod call;
mod registry;

pub use call::{Call, OnBehalf, Reply, UpstreamError};
pub use registry::{Upstream, Upstreams};
