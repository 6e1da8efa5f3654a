//! What the auth service keeps: accounts, roles, sessions. Tables stay in here; what comes out is the service's own
//! types.

mod entity;
pub(crate) mod migrations;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod users;

pub(crate) use migrations::Migrator;
pub(crate) use sessions::{Device, Session};
pub(crate) use users::{Clash, Gender, NewUser, User};
