//! What a form that went well says on the page that it leads to. The address names the notice: it chooses among the
//! texts of the site, and brings none of its own.

use kino_http::ReturnPath;
use url::form_urlencoded;

use crate::texts::AccountTexts;

const NAME: &str = "notice";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    ResetSent,
    PasswordReset,
    EmailSent,
    EmailVerified,
    ProfileSaved,
    PasswordChanged,
    SessionEnded,
    OthersEnded,
    AppRemoved,
    Unlinked,
    AccountClosed,
}

impl Notice {
    const ALL: [Self; 11] = [
        Self::ResetSent,
        Self::PasswordReset,
        Self::EmailSent,
        Self::EmailVerified,
        Self::ProfileSaved,
        Self::PasswordChanged,
        Self::SessionEnded,
        Self::OthersEnded,
        Self::AppRemoved,
        Self::Unlinked,
        Self::AccountClosed,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::ResetSent => "reset_sent",
            Self::PasswordReset => "password_reset",
            Self::EmailSent => "email_sent",
            Self::EmailVerified => "email_verified",
            Self::ProfileSaved => "profile_saved",
            Self::PasswordChanged => "password_changed",
            Self::SessionEnded => "session_ended",
            Self::OthersEnded => "others_ended",
            Self::AppRemoved => "app_removed",
            Self::Unlinked => "unlinked",
            Self::AccountClosed => "account_closed",
        }
    }

    pub(crate) const fn text(self, t: &AccountTexts) -> &'static str {
        match self {
            Self::ResetSent => t.reset_sent,
            Self::PasswordReset => t.password_was_reset,
            Self::EmailSent => t.email_sent,
            Self::EmailVerified => t.email_was_verified,
            Self::ProfileSaved => t.profile_saved,
            Self::PasswordChanged => t.password_changed,
            Self::SessionEnded => t.session_ended,
            Self::OthersEnded => t.others_ended,
            Self::AppRemoved => t.app_removed,
            Self::Unlinked => t.unlinked,
            Self::AccountClosed => t.account_closed,
        }
    }

    /// The address of `page`, a path without a query, with this notice on it.
    pub(crate) fn on(self, page: &str) -> ReturnPath {
        ReturnPath::or_front(&format!("{page}?{NAME}={}", self.word()))
    }

    /// Takes the notice off an address, so that no link of the page shows it again.
    pub(crate) fn take(address: &str) -> (ReturnPath, Option<Self>) {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let word = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == NAME);
        let Some((_, word)) = word else { return (ReturnPath::or_front(address), None) };
        let rest = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != NAME);
        let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
        let path = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
        (ReturnPath::or_front(&path), Self::ALL.into_iter().find(|notice| notice.word() == word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_taken_off_the_address() {
        for notice in Notice::ALL {
            let address = notice.on("/login");
            assert_eq!(Notice::take(address.as_str()), (ReturnPath::or_front("/login"), Some(notice)));
        }
        for (address, rest) in [
            ("/?notice=nope&page=2", "/?page=2"),
            ("/?page=2", "/?page=2"),
            ("/account?notice=%3Cscript%3E", "/account"),
            ("//evil.example?notice=saved", "/"),
        ] {
            assert_eq!(Notice::take(address), (ReturnPath::or_front(rest), None), "{address}");
        }
    }
}
