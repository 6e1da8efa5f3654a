//! A letter as the services write it, and as it travels.

use std::{fmt, str::FromStr};

use kino_domain::{Clock, Entropy};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use url::{Host, Url};

use super::MailError;

/// A letter to one person.
#[derive(Clone, Default)]
pub struct Letter {
    /// The address, without a name.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text. Lines may be of any length.
    pub text: String,
    /// The same as a page, for readers that show pages.
    pub html: Option<String>,
    /// Where a POST ends letters of this kind (RFC 8058); none for letters that one cannot do without.
    pub unsubscribe: Option<String>,
}

/// What letters say is often secret: a link that resets a password.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("to", &self.to).field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Whom letters are from: `no-reply@cinema.example`, or with a name: `Cinema <no-reply@cinema.example>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// A text that names no sender.
#[derive(Debug, thiserror::Error)]
#[error("must be an address, or a name and an address: \"Cinema <no-reply@cinema.example>\"")]
pub struct WrongSender;

impl FromStr for Sender {
    type Err = WrongSender;

    fn from_str(text: &str) -> Result<Self, WrongSender> {
        let text = text.trim();
        let (name, email) = text
            .strip_suffix('>')
            .and_then(|text| text.rsplit_once('<'))
            .map_or(("", text), |(name, email)| (name.trim().trim_matches('"'), email));
        let email = address(email).filter(|email| email.user().is_ascii()).ok_or(WrongSender)?;
        let name = line(name).ok_or(WrongSender)?;
        Ok(Self(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), email)))
    }
}

impl Sender {
    pub(super) fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// Makes letters ready to travel.
pub(super) struct Composer {
    pub(super) sender: Sender,
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
}

impl Composer {
    pub(super) fn compose(&self, letter: &Letter) -> Result<Message, MailError> {
        let refused = |problem: &str| MailError::Refused(problem.to_owned());
        let to = address(&letter.to).ok_or_else(|| refused("its address is none"))?;
        let subject = line(&letter.subject).ok_or_else(|| refused("its subject is not one line of text"))?;
        let now = self.clock.now();
        let id = self.entropy.uuid_v7(now);
        let mut message = Message::builder()
            .from(self.sender.0.clone())
            .to(to.into())
            .subject(subject)
            .date(now.into())
            .message_id(Some(format!("<{id}@{}>", self.sender.domain())))
            // Tells vacation responders to keep silent.
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(unsubscribe) = &letter.unsubscribe {
            let url = Url::parse(unsubscribe).map_err(|_| refused("its link to unsubscribe is no URL"))?;
            message = message
                .raw_header(header("List-Unsubscribe", &format!("<{url}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let text = SinglePart::plain(letter.text.clone());
        let message = match &letter.html {
            None => message.singlepart(text),
            Some(html) => message.multipart(
                MultiPart::alternative()
                    .boundary(id.simple().to_string())
                    .singlepart(text)
                    .singlepart(SinglePart::html(html.clone())),
            ),
        };
        message.map_err(|error| MailError::Refused(error.to_string()))
    }
}

/// An address that can stand in a header and in a command; its domain as the domain name system writes it.
fn address(text: &str) -> Option<Address> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let address: Address = text.parse().ok()?;
    // What `Host` would decode, a mail server would not.
    if address.domain().contains('%') {
        return None;
    }
    let Ok(Host::Domain(domain)) = Host::parse(address.domain()) else { return None };
    Address::new(address.user(), domain).ok()
}

/// A text that can stand in a header.
fn line(text: &str) -> Option<&str> {
    (!text.contains(char::is_control)).then_some(text)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_address_perhaps_with_a_name() {
        for (text, name, email) in [
            ("no-reply@localhost", None, "no-reply@localhost"),
            ("Kinoservice <no-reply@localhost>", Some("Kinoservice"), "no-reply@localhost"),
            (" \"Кино, и точка\" <no-reply@кино.рф> ", Some("Кино, и точка"), "no-reply@xn--h1adke.xn--p1ai"),
            ("<no-reply@cinema.example>", None, "no-reply@cinema.example"),
        ] {
            let Sender(mailbox) = text.parse().unwrap();
            assert_eq!((mailbox.name.as_deref(), mailbox.email.as_ref()), (name, email), "{text}");
        }
        for text in [
            "",
            "Kinoservice",
            "a@b c",
            "a b@c",
            "Кино <кино@cinema.example>",
            "A\r\nBcc: x <a@b>",
            "a@",
            "@b",
        ] {
            assert!(text.parse::<Sender>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_bare_and_of_a_domain() {
        for good in ["anna@example.org", "анна+films@example.org", "a.b'c@sub.example.org", "anna@localhost"]
        {
            assert_eq!(address(good).unwrap().to_string(), good);
        }
        assert_eq!(address("anna@Почта.рф").unwrap().to_string(), "anna@xn--80a1acny.xn--p1ai");
        for bad in [
            "Anna <anna@example.org>",
            "anna@example.org,boris@example.org",
            "anna@example.org\r\nRCPT TO:<boris@example.org>",
            "anna@example.org\n",
            "\"an na\"@example.org",
            "anna>@example.org",
            "anna@exam%70le.org",
            "anna@127.0.0.1",
            "anna@[127.0.0.1]",
            "anna",
            "",
        ] {
            assert!(address(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn what_a_letter_says_is_not_shown() {
        let letter =
            Letter { to: "anna@example.org".into(), text: "a secret link".into(), ..Letter::default() };
        let shown = format!("{letter:?}");
        assert!(shown.contains("anna") && !shown.contains("secret"), "{shown}");
    }
}
