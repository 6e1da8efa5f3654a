//! The house rules of every HTTP service: how a request is read, how an answer or a problem is written, what is
//! logged and counted.
//!
//! A service's handlers use the extractors ([`Json`], [`Query`], [`Path`], [`Language`], [`PageQuery`]) and return
//! [`Problem`]s; the node wraps its router in [`house_rules`].

mod answering;
mod client_address;
mod complaint;
mod conditional;
mod cookies;
mod encoding;
mod extract;
mod fields;
mod house;
mod idempotency;
mod language;
mod measure;
mod openapi;
mod page;
mod problem;
mod request_id;
mod return_path;

pub use answering::ToldApart;
pub use client_address::ClientAddress;
pub use conditional::{IfMatch, is_known_to_client};
pub use cookies::{
    ACCESS_COOKIE, MFA_COOKIE, REFRESH_COOKIE, SessionCookies, lasting_cookie, read_cookie, set_cookie,
};
pub use encoding::accepts_gzip;
pub use extract::{Json, Path, Query, read_value};
pub use fields::{FieldError, Fields};
pub use house::{BODY_LIMIT, house_rules};
pub use idempotency::{IdempotencyKey, KEPT as IDEMPOTENCY_KEPT, Unfinished, idempotent};
pub use language::RequestLanguage;
pub use openapi::BearerToken;
pub use page::{Page, PageQuery};
pub use problem::{Problem, ProblemBody};
pub use request_id::RequestId;
pub use return_path::{ReturnPath, is_local_path};
