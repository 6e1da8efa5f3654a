//! What the auth service keeps: accounts, second factors, roles, sessions, the history of sign-ins, the audit log.
//! Tables stay in here; what comes out is the service's own types.

pub(crate) mod audit;
pub(crate) mod blocking;
mod entity;
pub(crate) mod identities;
pub(crate) mod import;
pub(crate) mod known_sources;
pub(crate) mod letters;
pub(crate) mod mfa_challenges;
pub(crate) mod migrations;
pub(crate) mod one_time_tokens;
pub(crate) mod partitions;
pub(crate) mod passkeys;
pub(crate) mod recovery_codes;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod sign_ins;
pub(crate) mod totp;
pub(crate) mod user_search;
pub(crate) mod users;

pub(crate) use identities::{IdentityKey, StoredIdentity};
pub(crate) use known_sources::SourceDigest;
pub(crate) use letters::QueuedLetter;
pub(crate) use mfa_challenges::MfaChallenge;
pub(crate) use migrations::Migrator;
pub(crate) use one_time_tokens::OneTimeToken;
pub(crate) use passkeys::Passkey;
pub(crate) use sessions::{Device, Session};
pub(crate) use sign_ins::SignIn;
pub(crate) use totp::Totp;
pub(crate) use users::{Change, Clash, Gender, NewUser, ProfileChange, User};
