//! The process that runs services: what a service hands to it ([`Service`]), how it is configured ([`config`]), how
//! it listens, answers for its health, and ends ([`Node`], [`Lifecycle`]).

pub mod config;
mod connections;
mod docs;
mod health;
mod lifecycle;
mod node;
mod quiet;
mod readiness;
mod service;
pub mod telemetry;

pub use lifecycle::Lifecycle;
pub use node::{ListenError, Node, listen};
pub use service::{Probe, Service, Worker};
