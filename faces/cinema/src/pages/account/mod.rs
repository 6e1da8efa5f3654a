//! `/account`: what viewers see and change of their own accounts. Here stands what its pages share.

pub(crate) mod authenticator;
pub(crate) mod data;
mod device;
pub(crate) mod history;
pub(crate) mod profile;
pub(crate) mod providers;
pub(crate) mod security;

use axum::response::Response;
use kino_http::ReturnPath;

use super::{Frame, account_form::Setback};
use crate::{
    texts::{AccountTexts, Texts},
    visit::Visit,
};

/// What surrounds the pages of an account.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) t: &'static AccountTexts,
    /// The parts of the account: (address, words, whether this page belongs to it).
    pub(crate) sections: [(&'static str, &'static str, bool); 4],
    /// What went wrong.
    pub(crate) setback: Option<Setback>,
}

impl Room {
    /// For a page of the part at `section`.
    pub(crate) fn new(texts: &Texts, section: &str, setback: Option<Setback>) -> Self {
        let t = texts.of_account();
        let sections = [
            (profile::PATH, t.profile),
            (security::PATH, t.security),
            (history::PATH, t.sign_ins),
            (data::PATH, t.data),
        ];
        Self { t, sections: sections.map(|(path, words)| (path, words, path == section)), setback }
    }
}

/// Lets members in; leads guests to where they sign in, and back.
pub(crate) async fn enter(visit: Visit) -> Result<(Visit, Frame), Response> {
    let frame = visit.frame().await;
    if frame.is_guest() {
        let sign_in = ReturnPath::or_front(&visit.here.after("/login"));
        return Err(visit.redirect(&sign_in));
    }
    Ok((visit, frame))
}
