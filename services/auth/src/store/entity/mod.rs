//! The tables.

pub(super) mod audit;
pub(super) mod audit_head;
pub(super) mod identity;
pub(super) mod known_source;
pub(super) mod letter;
pub(super) mod mfa_challenge;
pub(super) mod one_time_token;
pub(super) mod passkey;
pub(super) mod recovery_code;
pub(super) mod role;
pub(super) mod role_clock;
pub(super) mod session;
pub(super) mod sign_in;
pub(super) mod totp;
pub(super) mod user;
pub(super) mod user_role;
