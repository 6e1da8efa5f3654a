//! The pages, one file each: what its address may ask, what its template shows, its handler. Here stands what surrounds
//! them all.

pub(crate) mod account;
pub(crate) mod account_form;
pub(crate) mod browse;
mod ceremony;
pub(crate) mod film;
pub(crate) mod forgot_password;
pub(crate) mod language;
pub(crate) mod passkeys;
pub(crate) mod poster;
pub(crate) mod register;
pub(crate) mod reset_password;
pub(crate) mod second_factor;
pub(crate) mod sign_in;
pub(crate) mod sign_in_passkey;
pub(crate) mod sign_out;
pub(crate) mod trouble;
pub(crate) mod verify_email;
mod wish;

use kino_domain::Language;
use kino_http::ReturnPath;

use crate::{assets, texts::Texts, visit::Visit};

/// Who the visitor is, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Nobody signed in.
    Guest,
    /// The bearer of this user name.
    Member(String),
    /// Somebody signed in, whose name cannot be asked at the moment.
    Unnamed,
}

/// What surrounds every page: its header, its footer, the token of its forms.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) t: &'static Texts,
    /// The language of the page, and the languages to choose from: (tag, name, whether it is this one).
    pub(crate) lang: &'static str,
    pub(crate) languages: [(&'static str, &'static str, bool); 2],
    pub(crate) who: Who,
    pub(crate) csrf: String,
    /// Where the forms of the header lead back to.
    pub(crate) here: ReturnPath,
    /// What the form that led here has to say.
    pub(crate) notice: Option<&'static str>,
    pub(crate) sign_in_href: String,
    pub(crate) register_href: String,
    /// What stands in the search box.
    pub(crate) query: String,
    pub(crate) style_href: String,
    pub(crate) icon_href: String,
}

impl Frame {
    pub(crate) fn new(visit: &Visit, who: Who) -> Self {
        let is = |language| visit.language == language;
        Self {
            t: visit.texts(),
            lang: visit.language.tag(),
            languages: [("ru", "Русский", is(Language::Ru)), ("en", "English", is(Language::En))],
            who,
            csrf: visit.csrf.as_str().to_owned(),
            notice: visit.notice.map(|notice| notice.text(visit.texts().of_account())),
            sign_in_href: visit.here.after("/login"),
            register_href: visit.here.after("/register"),
            here: visit.here.clone(),
            query: String::new(),
            style_href: assets::style_href(),
            icon_href: assets::icon_href(),
        }
    }

    fn is_guest(&self) -> bool {
        self.who == Who::Guest
    }

    fn member(&self) -> Option<&str> {
        match &self.who {
            Who::Member(name) => Some(name),
            Who::Guest | Who::Unnamed => None,
        }
    }

    /// Leads from a page of signing in to where the visitor wanted to go, rather than to the page itself.
    pub(crate) fn leading_to(mut self, next: &ReturnPath) -> Self {
        self.sign_in_href = next.after("/login");
        self.register_href = next.after("/register");
        self
    }
}
